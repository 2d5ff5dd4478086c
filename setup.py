"""What pyproject.toml cannot say: how the core is compiled, and a README whose links work away from the repository."""

import os
import re
import sysconfig
import tomllib
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent


class BuildCore(build_ext):
    """Compile without fused multiply-adds, so that both cores give the same bits, and leave out the symbols."""

    def finalize_options(self):
        """Compile a module on each processor, where nobody asks for another number."""
        super().finalize_options()
        self.parallel = self.parallel or os.cpu_count()

    def build_extensions(self):
        """Choose the options once the compiler is known."""
        msvc = self.compiler.compiler_type == "msvc"
        linux = sysconfig.get_platform().startswith("linux")  # the linkers of macOS and of browsers lack the option
        for extension in self.extensions:
            extension.extra_compile_args = ["/O2", "/fp:precise"] if msvc else ["-O3", "-ffp-contract=off"]
            extension.extra_link_args = ["-Wl,-s"] if linux else []
        super().build_extensions()


def compiled_core():
    """Return the modules with a .pxd beside them: Cython turns them into C as they stand, where there is a C compiler.

    `native` stays Python: it is what the pure core runs in place of the C functions in its .pxd.
    """
    found = [path.relative_to(ROOT) for path in ROOT.glob("autograd/**/*.pxd")]
    declarations = sorted(found, key=lambda path: (-path.with_suffix(".py").stat().st_size, path))  # the longest first
    return [
        Extension(
            ".".join(path.with_suffix("").parts),
            [path.with_suffix(".py").as_posix()],
            depends=[declaration.as_posix() for declaration in declarations],
            optional=True,
        )
        for path in declarations
        if path.stem != "native"
    ]


def absolute(text, source, version):
    """Return Markdown whose relative links lead to the files of a version in the repository `source`."""

    def replace(match):
        picture, label, target = match.groups()
        kind = "raw" if picture else "blob"
        return f"{picture}[{label}]({source}/{kind}/v{version}/{target})"

    return re.sub(r"(!?)\[([^\]]*)\]\((?![a-z]+:)([^)#][^)]*)\)", replace, text)


def long_description():
    """Return the README as a package index shows it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return absolute(readme, project["urls"]["Source"], project["version"])


if __name__ == "__main__":
    setup(
        cmdclass={"build_ext": BuildCore},
        ext_modules=compiled_core(),
        long_description=long_description(),
        long_description_content_type="text/markdown",
    )
