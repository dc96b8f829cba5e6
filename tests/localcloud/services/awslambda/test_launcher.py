"""Python functions' processes are copies of one that has imported the AWS SDK."""

from __future__ import annotations

import signal
from pathlib import Path

from localcloud.services.awslambda.launcher import Launcher
from localcloud.services.awslambda.process import inherited_variables


def test_the_end_of_a_process_is_told_with_its_code_and_what_it_printed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    (tmp_path / "awslambdaric.py").write_text(
        "import os, sys\nprint(os.environ['WHO'], sys.argv[1])\nsys.exit(3)\n"
    )
    launcher = Launcher(inherited_variables())
    process = launcher.start("work.handler", task_root=tmp_path, variables={"WHO": "me"}, log=str(log))
    assert process.wait() == 3
    assert log.read_text() == "me work.handler\n"
    launcher.stop()


def test_the_launcher_ends_although_a_process_that_it_has_started_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    (tmp_path / "awslambdaric.py").write_text("import signal\nsignal.pause()\n")
    launcher = Launcher(inherited_variables())
    process = launcher.start("work.handler", task_root=tmp_path, variables={}, log=str(log))
    launcher.stop()
    assert process.poll() is None
    process.kill()
    assert process.wait() == -signal.SIGKILL
    launcher.stop()
