"""Puts the golden cases and the licences into the wheel; everything else is in pyproject.toml.

    python3 -m build --no-isolation --wheel impl/python      # from a checkout, without a network
"""

import pathlib
import shutil
import sys

from setuptools import setup
from setuptools.command.build_py import build_py

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "reference-fixtures"


class WithFixtures(build_py):
    def run(self):
        if not SOURCE.is_dir():
            sys.exit(f"{SOURCE} is missing: build the wheel from a whole checkout of the repository")
        # What an earlier build left would be packed as well.
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        target = pathlib.Path(self.build_lib) / "harness_conformance" / "fixtures"
        shutil.copytree(SOURCE / "cases", target / "cases")
        shutil.copy(SOURCE / "catalogue.json", target)
        shutil.copy(SOURCE / "LICENSE", target)
        shutil.copy(SOURCE.parent / "LICENSE", target.parent)


setup(cmdclass={"build_py": WithFixtures})
