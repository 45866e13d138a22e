"A refit learns from training and validation, and never from the test split"
from dataclasses import replace
import numpy as np
import torch
from safetensors.torch import load_file
import finetune_nb as ft


def weights_of(data, folder):
    "The final weights of a run, and its refit event"
    settings = ft.Settings(max_length=32, bs=8, epochs=2, precision='float32', disk_mb=0, runs=str(folder))
    run = ft.train(ft.learner(data, settings=settings))
    return load_file(run.folder/'best.safetensors'), [o for o in run.events if o['event'] == 'refit']


def test_the_test_split_takes_no_part(tmp_path):
    whole = ft.sample('packages')
    data = ft.split(replace(whole, frame=whole.frame[::60].reset_index(drop=True)))
    test = data.frame.split == 'test'
    noise = np.where(test, [f'noise {i}' for i in range(len(data))], data.frame['item'])
    labels = np.where(test, data.labels[0], data.frame.label)
    first, refits = weights_of(data, tmp_path/'a')
    second, _ = weights_of(replace(data, frame=data.frame.assign(item=noise, label=labels)), tmp_path/'b')
    assert [o['items'] for o in refits] == [int((~test).sum())]
    assert all(torch.equal(first[k], second[k]) for k in first)
