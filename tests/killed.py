"""Kills trainings with SIGKILL, lets them go on, and says whether they ended as the one that was left alone.

    python tests/killed.py images|texts FOLDER NUMBER SEED

A process that has run no layer yet is forked for each training: imports are paid for once. One thread, for a fork keeps no others."""
import json, os, random, signal, sys, time, warnings
from pathlib import Path

warnings.filterwarnings('ignore')
import torch
torch.set_num_threads(1)
import pandas as pd
from safetensors.torch import load_file
import finetune_nb as ft
from finetune_nb.training import checkpoints, stages, train as training
from finetune_nb.training.train import Callback
from pictures import picture

position_ids = ('extraction', 'step', 'validation', 'checkpoint', 'best', 'border', 'chosen')      # where a training kills itself; else by the clock


def images(folder):
    for k, shade in (('dark', 0), ('light', 120), ('mid', 60)):
        for i in range(30): picture(folder/k/f'{i}.png', i, shade)
    return ft.split(ft.from_folder(folder)), 'mobilenetv3_small_050', dict(size=32)


def texts(folder):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import BertConfig, PreTrainedTokenizerFast
    rows = [(f'{kind} {i % 7} {word} of number {i}', kind) for i in range(40) for kind, word in (('game', 'play'), ('mail', 'send'), ('sound', 'hear'))]
    words = Tokenizer(models.WordLevel(unk_token='[UNK]'))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.train_from_iterator([o for o, _ in rows], trainers.WordLevelTrainer(special_tokens=['[PAD]', '[UNK]'], show_progress=False))
    made = PreTrainedTokenizerFast(tokenizer_object=words, unk_token='[UNK]', pad_token='[PAD]')
    made.save_pretrained(folder)
    BertConfig(vocab_size=len(made), hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64).save_pretrained(folder)
    return ft.split(ft.from_table(pd.DataFrame(rows, columns=['text', 'label']))), str(folder), {}


class Kill(Callback):
    "Ends this process at one of the places, at its nth time"
    def __init__(self, place, n):
        self.n = n
        def count(*args, **kwargs):
            self.n -= 1
            if self.n < 0: os.kill(os.getpid(), signal.SIGKILL)
        def before(module, name):
            old = getattr(module, name)
            def new(*args, **kwargs): count(); return old(*args, **kwargs)
            setattr(module, name, new)
        if place == 'step': self.after_pred = count
        if place == 'validation': self.before_validate = count
        if place == 'checkpoint': before(checkpoints, 'save_file')
        if place == 'best': before(stages, 'save_file')
        if place == 'border': before(training, 'train_stage')
        if place == 'extraction': before(stages, 'fit_head')
        if place == 'chosen': self.kill_when_chosen()

    def kill_when_chosen(self):
        "Kill when the weights of the interpolation are on disk, before the event that tells so"
        old = stages.write_event
        def told(folder, event, **facts):
            if event == 'best' and facts['stage'] == 'interpolate': os.kill(os.getpid(), signal.SIGKILL)
            old(folder, event, **facts)
        stages.write_event = told


edits = [(2, 'rate', 0.5), (4, 'unfreeze', None), (7, 'epochs', 1), (9, 'refreeze', None), (11, 'validate', None)]


def often():
    "Checkpoints at random instead of by the minute"
    save = checkpoints.CheckpointCallback.save
    checkpoints.CheckpointCallback.save = lambda self, now=False: save(self, now or os.urandom(1)[0] < 90)


def forked(do, seconds=None, begun=lambda: True):
    "Run a function in a process of its own, which is killed some seconds after it has begun; how it ended"
    pid = os.fork()
    if not pid:
        log = os.open(os.devnull, os.O_WRONLY)
        os.dup2(log, 1)
        try: do(); os._exit(0)
        except BaseException as e: print(repr(e), file=sys.stderr, flush=True); os._exit(1)
    if seconds is not None:
        end = time.monotonic() + 60
        while not begun() and time.monotonic() < end: time.sleep(0.005)
        time.sleep(seconds)
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def end_of(run):
    "What a run came to: its table without seconds, and the bytes of its weights"
    return run.status, run.metrics.drop(columns='seconds').to_csv(), run.curve.to_csv(), {k: v.numpy().tobytes() for k, v in load_file(run.folder/'best.safetensors').items()}


def main(kind, folder, n, seed):
    folder, rng = Path(folder), random.Random(seed)
    data, model, more = globals()[kind](folder/'data')
    more |= dict(precision='float32', layout='contiguous', bs=8, epochs=4, lr=2e-3, min_delta=10., patience=2)
    def start(name, *cbs):
        settings = ft.Settings(runs=str(folder/name), model=model, **more)
        ft.train(ft.learner(data, settings=settings, weights='none'), cbs=[ft.Replay(edits), *cbs])
    def run_in(name): return ft.Run(next((folder/name).iterdir()))
    began = time.time()
    assert forked(lambda: start('whole')) == 0
    whole, usual = end_of(run_in('whole')), time.time() - began
    assert whole[0] == 'finished'
    for i in range(n):
        os.environ['FINETUNE_NB_CACHE'], name = str(folder/f'cache{i}'), f'killed{i}'
        place = position_ids[i] if i < len(position_ids) else 'clock'
        at = rng.uniform(0, 0.6) * usual if place == 'clock' else None
        def begun(): return any((folder/name).glob('*/checkpoints/[0-9]*'))
        first = forked(lambda: (often(), start(name, Kill(place, rng.randrange(3) if place != 'extraction' else 0))), at, begun)
        facts = dict(place=place, first=first, step=len(run_in(name).curve) if (folder/name).exists() else None)
        if first != 0 and not (folder/name).exists() or first == -9 and not any(run_in(name).folder.glob('checkpoints/[0-9]*')):
            print(json.dumps(dict(facts, equal=None)), flush=True); continue       # killed before there was anything
        second = forked(lambda: (often(), ft.resume(run_in(name).folder, cbs=[ft.Replay(edits)]))) if run_in(name).status != 'finished' else 0
        end = end_of(run_in(name))
        facts['differs'] = [k for k, a, b in zip(('status', 'table', 'curve', 'weights'), end, whole) if a != b]
        print(json.dumps(dict(facts, second=second, equal=end == whole)), flush=True)


if __name__ == '__main__': main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
