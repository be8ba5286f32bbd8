"""Writes what a Linux desktop reads of the app: its menu entry, its description, and the type of its project files."""

from __future__ import annotations

from xml.sax.saxutils import escape

APP = "rivers-desktop"
DESKTOP_ID = "rivers_desktop"  # as the app calls its menu entry
MIME_TYPE = "application/vnd.rivers-project+toml"
NAME = "Rivers Desktop"
SUMMARY = "Backfill partitioned data on your own computer"
SCREENSHOTS = {
    "installed-light.png": "A year of days by airport: two hundred partitions selected, computed and done",
    "installed-dark.png": "The same in the dark",
}
ICON_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)

_DESCRIPTION = (
    "You write assets in Python and say how they are partitioned. Then you point at the days, hours or regions to "
    "compute again, see exactly what would run, launch it, and watch every partition turn done, or read why it "
    "did not.",
    "A demo with all flights that left New York in 2013 comes with the app and needs no network.",
)


def desktop_entry() -> str:
    """The menu entry, which also opens a project's rivers.toml."""
    return f"""\
[Desktop Entry]
Type=Application
Version=1.4
Name={NAME}
GenericName=Data backfills
Comment={SUMMARY}
Exec={APP} %f
TryExec={APP}
Icon={APP}
Terminal=false
Categories=Science;DataVisualization;
Keywords=backfill;partitions;data;pipeline;orchestration;
MimeType={MIME_TYPE};
StartupNotify=true
StartupWMClass={APP}
Actions=demo;

[Desktop Action demo]
Name=Open the Demo
Exec={APP} --demo
"""


def mime_package() -> str:
    """What makes a file called rivers.toml a project."""
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info">
  <mime-type type="{MIME_TYPE}">
    <comment>{NAME} project</comment>
    <sub-class-of type="application/toml"/>
    <icon name="{APP}"/>
    <glob pattern="rivers.toml" weight="80" case-sensitive="true"/>
  </mime-type>
</mime-info>
"""


def metainfo(version: str, date: str, pictures: str | None = None) -> str:
    """The description for software centers; `date` is the version's, as 2025-12-31.

    `pictures` is the web address of the folder where the manual's pictures are published: software centers load
    screenshots from the web and take none from a file.
    """
    paragraphs = "\n".join(f"    <p>{escape(text)}</p>" for text in _DESCRIPTION)
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<component type="desktop-application">
  <id>{DESKTOP_ID}.desktop</id>
  <metadata_license>CC0-1.0</metadata_license>
  <project_license>MIT</project_license>
  <name>{NAME}</name>
  <summary>{SUMMARY}</summary>
  <developer_name>The {NAME} developers</developer_name>
  <description>
{paragraphs}
  </description>
  <launchable type="desktop-id">{DESKTOP_ID}.desktop</launchable>
  <icon type="stock">{APP}</icon>
  <categories>
    <category>Science</category>
    <category>DataVisualization</category>
  </categories>
  <provides>
    <binary>{APP}</binary>
    <binary>rivers-core</binary>
    <mediatype>{MIME_TYPE}</mediatype>
  </provides>
  <content_rating type="oars-1.1"/>
{_screenshots(pictures) if pictures else ""}\
  <releases>
    <release version="{escape(version)}" date="{date}"/>
  </releases>
</component>
"""


def _screenshots(pictures: str) -> str:
    folder = escape(pictures.rstrip("/"))
    shown = "".join(
        f"    <screenshot{kind}>\n      <caption>{escape(caption)}</caption>\n"
        f'      <image type="source">{folder}/{name}</image>\n    </screenshot>\n'
        for kind, (name, caption) in zip((' type="default"', ""), SCREENSHOTS.items(), strict=True)
    )
    return f"  <screenshots>\n{shown}  </screenshots>\n"
