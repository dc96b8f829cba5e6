"""Instance types that a job can optimize a model for."""

from __future__ import annotations

import re

from .enum_like import EnumLike, Member

_FORM = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")


class DeploymentInstanceType(EnumLike):
    """ML instance type that will serve the optimized model, and that the job runs on."""

    ML_P4D_24XLARGE = Member("ml.p4d.24xlarge")
    ML_P4DE_24XLARGE = Member("ml.p4de.24xlarge")
    ML_P5_48XLARGE = Member("ml.p5.48xlarge")
    ML_P5E_48XLARGE = Member("ml.p5e.48xlarge")
    ML_P5EN_48XLARGE = Member("ml.p5en.48xlarge")
    ML_P6_B200_48XLARGE = Member("ml.p6-b200.48xlarge")
    ML_G4DN_XLARGE = Member("ml.g4dn.xlarge")
    ML_G4DN_2XLARGE = Member("ml.g4dn.2xlarge")
    ML_G4DN_4XLARGE = Member("ml.g4dn.4xlarge")
    ML_G4DN_8XLARGE = Member("ml.g4dn.8xlarge")
    ML_G4DN_12XLARGE = Member("ml.g4dn.12xlarge")
    ML_G4DN_16XLARGE = Member("ml.g4dn.16xlarge")
    ML_G5_XLARGE = Member("ml.g5.xlarge")
    ML_G5_2XLARGE = Member("ml.g5.2xlarge")
    ML_G5_4XLARGE = Member("ml.g5.4xlarge")
    ML_G5_8XLARGE = Member("ml.g5.8xlarge")
    ML_G5_12XLARGE = Member("ml.g5.12xlarge")
    ML_G5_16XLARGE = Member("ml.g5.16xlarge")
    ML_G5_24XLARGE = Member("ml.g5.24xlarge")
    ML_G5_48XLARGE = Member("ml.g5.48xlarge")
    ML_G6_XLARGE = Member("ml.g6.xlarge")
    ML_G6_2XLARGE = Member("ml.g6.2xlarge")
    ML_G6_4XLARGE = Member("ml.g6.4xlarge")
    ML_G6_8XLARGE = Member("ml.g6.8xlarge")
    ML_G6_12XLARGE = Member("ml.g6.12xlarge")
    ML_G6_16XLARGE = Member("ml.g6.16xlarge")
    ML_G6_24XLARGE = Member("ml.g6.24xlarge")
    ML_G6_48XLARGE = Member("ml.g6.48xlarge")
    ML_G6E_XLARGE = Member("ml.g6e.xlarge")
    ML_G6E_2XLARGE = Member("ml.g6e.2xlarge")
    ML_G6E_4XLARGE = Member("ml.g6e.4xlarge")
    ML_G6E_8XLARGE = Member("ml.g6e.8xlarge")
    ML_G6E_12XLARGE = Member("ml.g6e.12xlarge")
    ML_G6E_16XLARGE = Member("ml.g6e.16xlarge")
    ML_G6E_24XLARGE = Member("ml.g6e.24xlarge")
    ML_G6E_48XLARGE = Member("ml.g6e.48xlarge")
    ML_G7_2XLARGE = Member("ml.g7.2xlarge")
    ML_G7_4XLARGE = Member("ml.g7.4xlarge")
    ML_G7_8XLARGE = Member("ml.g7.8xlarge")
    ML_G7_12XLARGE = Member("ml.g7.12xlarge")
    ML_G7_24XLARGE = Member("ml.g7.24xlarge")
    ML_G7_48XLARGE = Member("ml.g7.48xlarge")
    ML_G7E_2XLARGE = Member("ml.g7e.2xlarge")
    ML_G7E_4XLARGE = Member("ml.g7e.4xlarge")
    ML_G7E_8XLARGE = Member("ml.g7e.8xlarge")
    ML_G7E_12XLARGE = Member("ml.g7e.12xlarge")
    ML_G7E_24XLARGE = Member("ml.g7e.24xlarge")
    ML_G7E_48XLARGE = Member("ml.g7e.48xlarge")
    ML_INF2_XLARGE = Member("ml.inf2.xlarge")
    ML_INF2_8XLARGE = Member("ml.inf2.8xlarge")
    ML_INF2_24XLARGE = Member("ml.inf2.24xlarge")
    ML_INF2_48XLARGE = Member("ml.inf2.48xlarge")
    ML_TRN1_2XLARGE = Member("ml.trn1.2xlarge")
    ML_TRN1_32XLARGE = Member("ml.trn1.32xlarge")
    ML_TRN1N_32XLARGE = Member("ml.trn1n.32xlarge")

    @classmethod
    def _check(cls, value: str) -> None:
        if not _FORM.fullmatch(value):
            raise ValueError(f"an instance type must look like ml.g5.2xlarge, got {value!r}")
