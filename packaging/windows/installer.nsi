; Installs Rivers Desktop for one person, without an administrator; windows_setup.py gives what is defined here:
; VERSION NUMBERS KILOBYTES PAYLOAD ICON TARGET, and the two lists of files INSTALLED and REMOVED.

Unicode true
Target amd64-unicode
!include MUI2.nsh
!include WinVer.nsh
!include x64.nsh

!define NAME "Rivers Desktop"
!define ENTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\RiversDesktop"
!define PROGRAM "rivers-desktop.exe"
!define PROJECT_TYPE "RiversDesktop.Project"

Name "${NAME}"
OutFile "${TARGET}"
RequestExecutionLevel user
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${ENTRY}" "InstallLocation"
SetCompressor /SOLID lzma
SetCompressorDictSize 64
ManifestDPIAware true
ManifestSupportedOS Win10
BrandingText "${NAME} ${VERSION}"
ShowInstDetails nevershow
ShowUninstDetails nevershow

VIProductVersion "${NUMBERS}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "${NAME} Setup"
VIAddVersionKey "CompanyName" "The ${NAME} developers"
VIAddVersionKey "LegalCopyright" "MIT license"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEPAGE_TITLE "${NAME} ${VERSION}"
!define MUI_WELCOMEPAGE_TEXT "This installs ${NAME} for you alone, and needs no administrator. It brings everything it needs.$\r$\n$\r$\nYour projects stay where they are, also when it is removed."
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "$INSTDIR\${PROGRAM}"
!define MUI_FINISHPAGE_RUN_TEXT "Open ${NAME}"
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; A program that runs cannot be replaced or removed. Ask for it to be closed; without a person to ask, end.
!macro WaitUntilClosed un
Function ${un}WaitUntilClosed
    again:
    ClearErrors
    IfFileExists "$INSTDIR\${PROGRAM}" 0 closed
    FileOpen $0 "$INSTDIR\${PROGRAM}" a
    IfErrors running
    FileClose $0
    FileOpen $0 "$INSTDIR\rivers-worker.exe" a
    IfErrors running
    FileClose $0
    FileOpen $0 "$INSTDIR\rivers-core.exe" a
    IfErrors running
    FileClose $0
    Goto closed
    running:
    MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "${NAME} is running. Close it, and the backfills of rivers-core, then press Retry." /SD IDCANCEL IDRETRY again
    SetErrorLevel 2
    Quit
    closed:
FunctionEnd
!macroend
!insertmacro WaitUntilClosed ""
!insertmacro WaitUntilClosed "un."

Function .onInit
    SetShellVarContext current
    ${IfNot} ${AtLeastWin10}
    ${OrIfNot} ${RunningX64}
        MessageBox MB_OK|MB_ICONSTOP "${NAME} needs Windows 10 or newer, with 64 bits." /SD IDOK
        SetErrorLevel 3
        Quit
    ${EndIf}
    Call WaitUntilClosed
FunctionEnd

Function un.onInit
    SetShellVarContext current
    Call un.WaitUntilClosed
    SetAutoClose true
FunctionEnd

!macro RemoveFiles
    !include "${REMOVED}"
!macroend

Section
    ; What an older version had and this one has not must not stay importable.
    !insertmacro RemoveFiles
    !include "${INSTALLED}"
    SetOutPath "$INSTDIR"
    WriteUninstaller "$INSTDIR\uninstall.exe"
    IfErrors 0 written
        MessageBox MB_OK|MB_ICONSTOP "Not all files could be written to $INSTDIR. Make room there and install again." /SD IDOK
        SetErrorLevel 4
        Quit
    written:
    DetailPrint "Preparing the first start"
    nsExec::Exec '"$INSTDIR\rivers-worker.exe" --compile' ; where this fails, the first start is slower
    Pop $0

    CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${PROGRAM}" "" "$INSTDIR\${PROGRAM}" 0 SW_SHOWNORMAL "" "Backfill partitioned data on your own computer"

    WriteRegStr HKCU "${ENTRY}" "DisplayName" "${NAME}"
    WriteRegStr HKCU "${ENTRY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${ENTRY}" "DisplayIcon" "$INSTDIR\${PROGRAM}"
    WriteRegStr HKCU "${ENTRY}" "Publisher" "The ${NAME} developers"
    WriteRegStr HKCU "${ENTRY}" "InstallLocation" "$INSTDIR"
    ; The uninstaller asks nothing: what the system shows before it is question enough.
    WriteRegStr HKCU "${ENTRY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${ENTRY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${ENTRY}" "EstimatedSize" ${KILOBYTES}
    WriteRegDWORD HKCU "${ENTRY}" "NoModify" 1
    WriteRegDWORD HKCU "${ENTRY}" "NoRepair" 1
    WriteRegStr HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\${PROGRAM}" "" "$INSTDIR\${PROGRAM}"

    ; Windows knows files by what follows the last dot: no program can be the one for rivers.toml alone. So the app is
    ; one of those that open .toml files, and every folder can be opened with it from its menu.
    WriteRegStr HKCU "Software\Classes\${PROJECT_TYPE}" "" "${NAME} project"
    WriteRegStr HKCU "Software\Classes\${PROJECT_TYPE}\DefaultIcon" "" "$INSTDIR\${PROGRAM},0"
    WriteRegStr HKCU "Software\Classes\${PROJECT_TYPE}\shell\open\command" "" '"$INSTDIR\${PROGRAM}" "%1"'
    WriteRegStr HKCU "Software\Classes\.toml\OpenWithProgids" "${PROJECT_TYPE}" ""
    WriteRegStr HKCU "Software\Classes\Applications\${PROGRAM}" "FriendlyAppName" "${NAME}"
    WriteRegStr HKCU "Software\Classes\Applications\${PROGRAM}\SupportedTypes" ".toml" ""
    WriteRegStr HKCU "Software\Classes\Applications\${PROGRAM}\SupportedTypes" ".py" ""
    WriteRegStr HKCU "Software\Classes\Applications\${PROGRAM}\shell\open\command" "" '"$INSTDIR\${PROGRAM}" "%1"'
    WriteRegStr HKCU "Software\Classes\Directory\shell\RiversDesktop" "" "Open in ${NAME}"
    WriteRegStr HKCU "Software\Classes\Directory\shell\RiversDesktop" "Icon" "$INSTDIR\${PROGRAM}"
    WriteRegStr HKCU "Software\Classes\Directory\shell\RiversDesktop\command" "" '"$INSTDIR\${PROGRAM}" "%1"'
    WriteRegStr HKCU "Software\Classes\Directory\Background\shell\RiversDesktop" "" "Open in ${NAME}"
    WriteRegStr HKCU "Software\Classes\Directory\Background\shell\RiversDesktop" "Icon" "$INSTDIR\${PROGRAM}"
    WriteRegStr HKCU "Software\Classes\Directory\Background\shell\RiversDesktop\command" "" '"$INSTDIR\${PROGRAM}" "%V"'
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)' ; the menus are read anew
SectionEnd

Section "Uninstall"
    !insertmacro RemoveFiles
    Delete "$INSTDIR\uninstall.exe"
    SetOutPath "$TEMP"
    RMDir "$INSTDIR"
    RMDir "$LOCALAPPDATA\Programs" ; where nothing else is in it
    Delete "$SMPROGRAMS\${NAME}.lnk"
    DeleteRegKey HKCU "${ENTRY}"
    DeleteRegKey HKCU "Software\Microsoft\Windows\CurrentVersion\App Paths\${PROGRAM}"
    DeleteRegKey HKCU "Software\Classes\${PROJECT_TYPE}"
    DeleteRegValue HKCU "Software\Classes\.toml\OpenWithProgids" "${PROJECT_TYPE}"
    DeleteRegKey /ifempty HKCU "Software\Classes\.toml\OpenWithProgids"
    DeleteRegKey /ifempty HKCU "Software\Classes\.toml"
    DeleteRegKey HKCU "Software\Classes\Applications\${PROGRAM}"
    DeleteRegKey HKCU "Software\Classes\Directory\shell\RiversDesktop"
    DeleteRegKey HKCU "Software\Classes\Directory\Background\shell\RiversDesktop"
    ; What the app remembers of its own window and wrote of its own life; projects and their data stay.
    DeleteRegKey HKCU "Software\rivers-desktop"
    RMDir /r "$LOCALAPPDATA\rivers-desktop\Logs"
    RMDir "$LOCALAPPDATA\rivers-desktop"
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd
