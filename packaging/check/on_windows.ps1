# Checks the installer on a real Windows: installs, backfills the demo, opens the window, uninstalls.
# UNTESTED: it has never run. Usage: on_windows.ps1 SETUP.exe
param([Parameter(Mandatory)] [string] $Setup)
$ErrorActionPreference = 'Stop'

$program = "$env:LOCALAPPDATA\Programs\Rivers Desktop"
$entry = 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Uninstall\RiversDesktop'
$menu = "$env:APPDATA\Microsoft\Windows\Start Menu\Programs\Rivers Desktop.lnk"

function Assert($What, $IsSo) {
    if (-not $IsSo) { throw "Not so: $What" }
    Write-Output "ok: $What"
}

$ended = Start-Process $Setup '/S' -Wait -PassThru
Assert 'it installs without a question' ($ended.ExitCode -eq 0)
Assert 'it is in the list of apps' (Test-Path $entry)
Assert 'it is in the start menu' (Test-Path $menu)

$project = "$env:USERPROFILE\Projekte Müller\nyc flights"
New-Item -ItemType Directory -Force (Split-Path $project) | Out-Null
Copy-Item -Recurse "$program\packages\rivers_core\_resources\demo\nyc_flights" $project
& "$program\rivers-core.exe" backfill $project --assets daily_flights --range date=2013-01-01..2013-01-31
Assert 'January is backfilled' ($LASTEXITCODE -eq 0)
$outputs = @(Get-ChildItem -Recurse "$project\.rivers\outputs\daily_flights" -Filter *.parquet)
Assert 'each partition has its file' ($outputs.Count -eq 93)

$app = Start-Process "$program\rivers-desktop.exe" '--demo' -PassThru
$deadline = (Get-Date).AddSeconds(60)
while (-not $app.MainWindowHandle -and (Get-Date) -lt $deadline) { Start-Sleep -Milliseconds 200; $app.Refresh() }
Assert 'the window opens' ($app.MainWindowHandle -ne 0)
$second = Start-Process "$program\rivers-desktop.exe" "`"$project`"" -Wait -PassThru
Assert 'a second start hands its project over' ($second.ExitCode -eq 0 -and -not $app.HasExited)
$app.CloseMainWindow() | Out-Null
Assert 'the window closes' ($app.WaitForExit(60000))

Start-Process "$program\uninstall.exe" '/S' -Wait
$deadline = (Get-Date).AddSeconds(60)
while ((Test-Path $program) -and (Get-Date) -lt $deadline) { Start-Sleep -Milliseconds 500 }
Assert 'its folder is gone' (-not (Test-Path $program))
Assert 'it is gone from the list of apps' (-not (Test-Path $entry))
Assert 'it is gone from the start menu' (-not (Test-Path $menu))
Assert 'the project is kept' (Test-Path "$project\rivers.toml")
