import os

pytest_plugins = ["pytester"]

# Where there is no program there is nothing to agree with.
collect_ignore = [] if os.environ.get("HARNESS") else ["test_agreement.py"]
