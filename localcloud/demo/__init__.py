"""The live demo: the CDK CLI deploys the example app, updates it, fails to update it, and deletes it.

`python -m localcloud.demo` runs it.
"""
