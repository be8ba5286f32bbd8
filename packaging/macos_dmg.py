"""Builds the app for macOS and the disk image it is dragged from, on a Mac. UNTESTED: no Mac has run it.

Usage: python packaging/macos_dmg.py [--sign IDENTITY]
"""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

from desktop_files import APP, NAME
from make_dist import BUILD, DIST, PYTHON, ROOT, make_venv, make_wheel, project_version, run

MACOS = BUILD / "macos"
BUNDLE = MACOS / f"{NAME}.app"
SPEC = ROOT / "packaging" / "bundle" / "rivers-desktop.spec"
# What PyInstaller needs on a Mac besides packaging/bundle.lock.
LOCK = ROOT / "packaging" / "macos.lock"
OTHER_NAMES = ("rivers-core", "rivers-worker")
ICON_SIZES = (16, 32, 128, 256, 512)
ENTITLEMENTS = ROOT / "packaging" / "macos.entitlements"


def make_icon() -> None:
    """The icon as macOS reads it, where the spec looks: in each size, and twice that for dense screens."""
    drawn, wanted = MACOS / "icons", MACOS / f"{APP}.iconset"
    run(PYTHON, ROOT / "packaging" / "render_icons.py", ROOT / "resources" / "icons" / f"{APP}.svg", drawn)
    wanted.mkdir()
    for size in ICON_SIZES:
        for scale, suffix in ((1, ""), (2, "@2x")):
            picture = drawn / f"{size * scale}x{size * scale}" / "apps" / f"{APP}.png"
            if picture.exists():
                shutil.copyfile(picture, wanted / f"icon_{size}x{size}{suffix}.png")
    run("iconutil", "--convert", "icns", "--output", MACOS / f"{APP}.icns", wanted)


def make_app(wheel: Path) -> None:
    """The app, from the wheel rather than from the checkout; its other names are links to the same program."""
    install = (PYTHON, "-m", "pip", "install", "--quiet", "--no-deps")
    run(*install, "--require-hashes", "-r", LOCK)
    run(*install, "--no-index", "--force-reinstall", wheel)
    make_icon()
    folders = ("--distpath", MACOS, "--workpath", MACOS / "work")
    run(PYTHON, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *folders, SPEC, cwd=BUILD)
    for name in OTHER_NAMES:
        (BUNDLE / "Contents" / "MacOS" / name).symlink_to(APP)


def sign(identity: str) -> None:
    options = ("--deep", "--force", "--timestamp", "--options", "runtime", "--entitlements", ENTITLEMENTS)
    run("codesign", *options, "--sign", identity, BUNDLE)
    run("codesign", "--verify", "--deep", "--strict", BUNDLE)


def make_image(target: Path) -> None:
    """A disk image with the app beside the folder of applications."""
    content = MACOS / "image"
    content.mkdir()
    shutil.move(BUNDLE, content)
    (content / "Applications").symlink_to("/Applications")
    run("hdiutil", "create", "-volname", NAME, "-srcfolder", content, "-ov", "-format", "UDZO", target)


def main() -> None:
    if platform.system() != "Darwin":
        raise SystemExit("The disk image for macOS is made on a Mac.")
    version = project_version()
    shutil.rmtree(MACOS, ignore_errors=True)
    for folder in (MACOS, DIST):
        folder.mkdir(parents=True, exist_ok=True)
    make_venv()
    make_app(make_wheel(version))
    match sys.argv[1:]:
        case ["--sign", identity]:
            sign(identity)
    make_image(DIST / f"Rivers-Desktop-{version}-{platform.machine()}.dmg")


if __name__ == "__main__":
    main()
