"""How fast criteria are translated, in one run beside the obvious ways and what the machine could do at best.

    python -m evaluation.speed [--criteria N] [--checkpoint FOLDER] [--gguf FILE] [--out FILE]

Each system gets a process of its own, for its peak of memory, and the same criteria, of dev texts; the slow
ones the first few of them. Loading is not counted. It takes a quiet machine.
"""

import argparse
import json
import multiprocessing
import os
import platform
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import batched
from pathlib import Path
from typing import Any

from evaluation import stages
from evaluation.benchmark import read_jsonl
from evaluation.limit import peak, weights
from models.config import DecodingConfig, ModelConfig
from models.inference import WEIGHTS
from models.vocabulary import Vocabulary, restore
from translator.dialogue.endpoint import ChatEndpoint
from translator.generate import model_prompt
from translator.ladder import pair_of
from translator.lexis.abbreviations import abbreviations_defined_in
from translator.normalise import Normaliser
from translator.pipeline import Translator, publish, scorer
from translator.records import NormalisedCriterion, TranslatedTrial, Trial
from translator.segment import segment
