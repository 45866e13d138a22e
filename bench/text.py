"""Text classification: ours at its defaults against transformers' `Trainer` at its defaults

    python bench/text.py [seeds, 5] [epochs of ours, 5] [epochs of Trainer, 3] [first seed, 0]

MiniLM on the sample packages. The test set is one quarter of the groups, always the same (scikit-learn's `GroupShuffleSplit` of random
state 0), so that only the training differs between seeds. Of the rest, a tenth is the validation set of ours; `Trainer` trains on it as
well, since it selects nothing. Both sides alternate. Trainer's seconds are those of training alone, and it needs accelerate. The
baseline is a logistic regression on counts of words and pairs of words. All scores are those of the test set."""
import platform, sys, tempfile, time, warnings
import numpy as np, pandas as pd, torch
from dataclasses import replace
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupShuffleSplit
import finetune_nb as ft

warnings.filterwarnings('ignore')


def ours(data, seed, epochs):
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        learn = ft.learner(data, settings=ft.Settings(seed=seed, epochs=epochs, runs=folder, disk_mb=0))
        ft.train(learn)
        seconds = time.perf_counter() - start
        with learn.no_bar(), learn.no_logging(): probs, y = learn.get_preds(dl=learn.dls.test)
    return seconds, probs.argmax(1).numpy(), y.numpy()


def trainers(data, seed, epochs):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, DataCollatorWithPadding, Trainer, TrainingArguments
    folder, labels = ft.model_info('all-MiniLM-L6-v2').tokenizer, data.labels
    tok = AutoTokenizer.from_pretrained(folder)
    def tokenized(frame): return [dict(tok(o, truncation=True, max_length=256), labels=labels.index(k)) for o, k in zip(frame['item'], frame.label)]
    train, test = (tokenized(data.frame[o]) for o in (data.frame.split != 'test', data.frame.split == 'test'))
    start = time.perf_counter()
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(labels), dtype=torch.float32)
    with tempfile.TemporaryDirectory() as temp:
        options = TrainingArguments(temp, num_train_epochs=epochs, seed=seed, report_to='none', save_strategy='no', disable_tqdm=True, use_cpu=not torch.cuda.is_available())
        trainer = Trainer(model, options, train_dataset=train, data_collator=DataCollatorWithPadding(tok))
        trainer.train()
        seconds = time.perf_counter() - start
        logits = trainer.predict(test).predictions
    return seconds, logits.argmax(1), np.array([o['labels'] for o in test])


def grouped_split(seed):
    "The data with a quarter of the groups as test set"
    data = ft.sample('packages')
    _, test = next(GroupShuffleSplit(1, test_size=0.25, random_state=0).split(data.frame, data.frame.label, data.frame.group))
    return ft.split(replace(data, frame=data.frame.assign(split=np.where(np.isin(range(len(data)), test), 'test', ''))), valid=0.075, seed=seed, by='given')


def main(seeds=5, epochs=5, their_epochs=3, first=0):
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {epochs} and {their_epochs} epochs')
    rows = []
    for seed in range(first, first + seeds):
        data, row = grouped_split(seed), {}
        sides = [('ours', ours, epochs), ('Trainer', trainers, their_epochs)]
        for name, side, n in sides if seed % 2 == 0 else sides[::-1]:
            seconds, guess, y = side(data, seed, n)
            row |= {f'{name} (s)': seconds, f'{name} accuracy': accuracy_score(y, guess), f'{name} F1': f1_score(y, guess, average='macro')}
        words = ft.baselines(data)['TF-IDF'].value
        rows.append({**row, 'words accuracy': words['accuracy'], 'words F1': words['macro F1']})
        print(pd.Series(rows[-1], name=f'seed {seed}').round(3).to_frame().T.to_string(), flush=True)
    print(pd.DataFrame(rows).agg(['mean', 'std']).round(3).T.to_string())


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
