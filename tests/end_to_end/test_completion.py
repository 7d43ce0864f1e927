#!/usr/bin/env python3
"""af completion: what real shells offer with the script."""
import json
import os
import shutil
import subprocess
import unittest

from support import AF, Case, write

# Completes its argument, a command line, as a person would at a prompt.
BASH = r"""
source "$1"
line=$2
read -ra COMP_WORDS <<<"$line"
[[ $line == *' ' ]] && COMP_WORDS+=('')
words=()
for word in "${COMP_WORDS[@]}"; do  # readline breaks words at '='
    if [[ $word == *=* ]]; then words+=("${word%%=*}" = "${word#*=}"); else words+=("$word"); fi
done
[[ ${words[-1]} == '' && ${words[-2]} == = ]] && unset 'words[-1]'
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line}
_af
printf '%s\n' "${COMPREPLY[@]}"
"""

# A shell within a terminal of its own; the widget prints what it was offered instead of showing it.
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PROMPT= RPROMPT= ZDOTDIR=/nonexistent; unsetopt zle_bracketed_paste; stty -echo 2>/dev/null'
zpty -w shell 'autoload -Uz compinit && compinit -u -D'
zpty -w shell "source $1"
zpty -w shell 'null-line () { print -rn -- $(echo "@""END@"); exit 0 }; zle -N null-line'
zpty -w shell 'zstyle ":completion:*" list-grouped false; zstyle ":completion:*" insert-tab false'
zpty -w shell 'compadd () {
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
    typeset -a __hits
    builtin compadd -A __hits "$@"
    builtin compadd "$@"
    local status_=$?
    print -rl -- "@HIT@"${^__hits}
    return $status_
}'
zpty -w shell 'bindkey "^M" null-line; bindkey "^J" null-line; bindkey "^I" complete-word; print -r -- "@""READY@"'
zpty -r -m shell ignored '*@READY@*'
zpty -n -w shell "$2"$'\t'
zpty -n -w shell $'\n'
zpty -r -m shell out '*@END@*'
print -r -- $out
"""


class Completion(Case):
    def setUp(self):
        super().setUp()
        self.scripts = {}
        for shell in ("bash", "zsh", "fish"):
            run = self.af("completion", shell)
            self.assertEqual(run.status, 0, str(run))
            self.scripts[shell] = write(self.path(f"af.{shell}"), run.stdout)
        write(self.path("Filter.json"), "{}")
        write(self.path("a folder", "x"), "")

    def shell(self, *command):
        env = self.environment(TERM="dumb", PATH=os.path.dirname(AF) + ":/usr/bin:/bin")
        run = subprocess.run(command, capture_output=True, timeout=60, cwd=self.folder, env=env,
                             stdin=subprocess.DEVNULL,
                             check=False)
        return run.stdout.decode()

    def bash(self, line):
        program = write(self.path("try.bash"), BASH)
        return sorted(filter(None, self.shell("bash", "--norc", program, self.scripts["bash"], line).split("\n")))

    def zsh(self, line):
        program = write(self.path("try.zsh"), ZSH)
        out = self.shell("zsh", "-f", program, self.scripts["zsh"], line).replace("\r", "")
        return sorted({hit.split("\n")[0] for hit in out.split("@HIT@")[1:]})

    def fish(self, line):
        out = self.shell("fish", "--no-config", "-c", f"source {self.scripts['fish']}; complete -C {json.dumps(line)}")
        return sorted(entry.split("\t")[0] for entry in out.splitlines())

    def offers(self, complete):
        commands = complete("af ")
        self.assertLessEqual({"completion", "config", "filter", "index", "keygen", "run"}, set(commands))
        self.assertEqual(complete("af comp"), ["completion"])
        self.assertEqual(complete("af completion "), ["bash", "fish", "zsh"])
        self.assertEqual(complete("af config "), ["get", "path", "set", "show", "unset"])
        self.assertEqual(complete("af config get task"), ["task_queue"])
        self.assertIn("deadline", complete("af config get "))
        self.assertIn("retries", complete("af config set --project re"))
        self.assertEqual(complete("af run --on-bad "), ["fail", "skip"])
        self.assertEqual(complete("af run --job x --on-bad f"), ["fail"])
        self.assertIn("Filter.json", [name.rstrip("/") for name in complete("af run --filter Fil")])
        self.assertIn("a folder", [name.rstrip("/").replace("\\", "") for name in complete("af run -j a")])
        self.assertIn("Filter.json", complete("af run --workers 3 Fil"))
        self.assertEqual(complete("af run --workers "), [])
        self.assertEqual(complete("af filter ex"), ["explain"])

    def test_bash(self):
        self.offers(self.bash)
        self.assertIn("--map-only", self.bash("af run --ma"))
        self.assertEqual(self.bash("af run --on-bad=s"), ["skip"])
        self.assertEqual(self.bash("af run --on-bad="), ["fail", "skip"])
        self.assertEqual(self.bash("af config show --or"), ["--origin"])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        self.offers(self.zsh)
        self.assertIn("--map-only", self.zsh("af run --map-o"))

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish(self):
        self.offers(self.fish)
        self.assertIn("--map-only", self.fish("af run --ma"))
        self.assertEqual(self.fish("af config show --or"), ["--origin"])

    def test_every_command_and_option_of_the_help_is_offered(self):
        for command in self.bash("af "):
            for option in self.bash(f"af {command} --"):
                self.assertIn(option, self.af(command, "--help").stdout.decode(), command)
        listed = [line.split()[0] for line in self.af("run", "--help").stdout.decode().splitlines()
                  if line.strip().startswith("-")]
        names = {name for entry in listed for name in entry.split(",") if name.startswith("--")}
        self.assertLessEqual(names, set(self.bash("af run --")))

    def test_the_shells_find_no_fault_in_the_scripts(self):
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell):
                run = subprocess.run([shell, "-n", self.scripts[shell]], capture_output=True, timeout=60, check=False)
                self.assertEqual((run.returncode, run.stderr), (0, b""), shell)

    def test_another_shell_is_refused_with_those_there_are(self):
        self.assert_refused(self.af("completion", "csh"), 2, "USAGE", "bash", "zsh", "fish")


if __name__ == "__main__":
    unittest.main()
