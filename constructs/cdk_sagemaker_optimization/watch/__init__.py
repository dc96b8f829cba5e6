"""The terminal view of running jobs: `cdk-sagemaker-optimization watch`.

It needs the packages of the extra `watch`. The rest of the library does not import it.
"""
