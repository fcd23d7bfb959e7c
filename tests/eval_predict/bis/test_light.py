"""What needs no network loads none: torch is for encoders and network densities alone."""

import subprocess
import sys

CODE = """
import sys
from eval_predict.bis.bis import ArrayBIS
from eval_predict.bench.bis_protocol import run_protocol
import eval_predict.commands.bis_bench
source = [f"How many are {row} and {row % 7}?" for row in range(60)]
target = [f"Ann has {row} pens. How many are {row} and {row % 5}?" for row in range(40)]
ArrayBIS().fit(source, target).predict([row % 2 for row in range(60)])
print([name for name in ("torch", "transformers") if name in sys.modules])
"""


def test_classifier_and_regression_load_no_torch():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
