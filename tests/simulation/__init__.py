"""An in-memory AWS, as far as the function sees it, with a clock that the test moves.

The function's own code and the real definition of its state machine run in it, in one thread, without a
process or a port.
"""

from tests.simulation.aws import ACCOUNT, FUNCTION_ARN, REGION, STACK_ID, SimulatedAws
from tests.simulation.endpoints import Shown
from tests.simulation.faults import Died
from tests.simulation.sagemaker import Script, SimulatedJob

__all__ = [
    "ACCOUNT",
    "FUNCTION_ARN",
    "REGION",
    "STACK_ID",
    "Died",
    "Script",
    "Shown",
    "SimulatedAws",
    "SimulatedJob",
]
