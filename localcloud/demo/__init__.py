"""The live demo: the CDK CLI deploys the example app with its job and its endpoint, updates and deletes it.

`python -m localcloud.demo` runs it.
"""
