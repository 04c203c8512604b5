# What the scripts beside this one share; made to be sourced by bash 3.2 or newer on Linux, macOS
# and, as Git Bash, Windows.

# Print the interpreter of this version, or nothing: names on the path, pyenv's, Windows' launcher.
find_python() {
    local found code
    # No line end is written, for on Windows it would leave a carriage return in the name.
    code="import sys; ours = '%d.%d' % sys.version_info[:2] == '$1'"
    code="$code; print(sys.executable if ours else '', end=''); sys.exit(not ours)"
    for found in "python$1" python3 python "$HOME"/.pyenv/versions/"$1".*/bin/python; do
        if "$found" -c "$code" 2>/dev/null; then
            return 0
        fi
    done
    py "-$1" -c "$code" 2>/dev/null || true
}

# Print the folder with the commands of a virtual environment.
commands_of() {
    if [ -d "$1/Scripts" ]; then echo "$1/Scripts"; else echo "$1/bin"; fi
}

# Make a virtual environment, and install into it what pip is told by the other arguments. Half of
# the time would go into bytecode, most of it of files that nobody imports: Python makes it as needed.
environment() {
    local python=$1 folder=$2
    shift 2
    "$python" -m venv "$folder" &&
        "$(commands_of "$folder")/python" -m pip install --quiet --no-compile "$@"
}
