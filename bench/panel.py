"""What does a panel cost the training that it shows, and how soon does a command take effect?

    python bench/panel.py [repetitions, 5 or more]

The same training of clipart at 64 px in a thread, alternating with a panel that updates twice a second and without; the ratio is
steps a second with the panel over without. An update reads the run and writes all parts of the panel that changed, in milliseconds of
this thread; a message is a part whose text changed. A command is timed from `run.send` to the event of the run."""
import platform, sys, tempfile, time, warnings
from dataclasses import replace
from statistics import median
import torch
import finetune_nb as ft

warnings.filterwarnings('ignore')


def made(folder, **more):
    settings = ft.Settings(size=64, precision='float32', bs=16, epochs=6, recipe='full', runs=folder, **more)
    return ft.learner(ft.split(ft.sample('clipart')), settings=settings)


def steps_a_second(run):
    times = [o['time'] for o in run.events if o['event'] in ('stage', 'end')]
    return len(run.curve) / (times[-1] - times[0])


def without(folder): return steps_a_second(ft.train(made(folder), background=True).wait())

def with_panel(folder, costs):
    panel = ft.TrainPanel(made(folder))
    refresh, sent = panel.refresh, []
    for o in panel.parts.values(): o.observe(lambda _: sent.append(1), 'value')
    def timed():
        start = time.thread_time()
        refresh()
        costs.append(1000 * (time.thread_time() - start))
    panel.refresh = timed
    start = time.perf_counter()
    panel.buttons['train'].click()
    panel.run.wait()
    return steps_a_second(panel.run), len(sent) / (time.perf_counter() - start)


def clicks(folder, n=10):
    "Seconds from a command to its event, the seconds of a step, and the seconds of a stop"
    run = ft.train(replace_epochs(made(folder)), background=True)
    while len(run.curve) < 5: time.sleep(0.05)
    waited = []
    for i in range(n):
        start = time.time()
        run.send('note', str(i))
        while not [o for o in run.events if o.get('value') == str(i)]: time.sleep(0.01)
        waited.append([o for o in run.events if o.get('value') == str(i)][-1]['time'] - start)
        time.sleep(0.3)
    start, at = time.time(), len(run.curve)
    time.sleep(2)
    a_step = (time.time() - start) / max(1, len(run.curve) - at)
    start = time.time()
    run.send('stop', 0)
    run.wait()
    return waited, a_step, time.time() - start

def replace_epochs(learn):
    learn.ft.settings = replace(learn.ft.settings, epochs=200)
    return learn


def main(n=5):
    print(f'Python {platform.python_version()}, torch {torch.__version__}, {torch.get_num_threads()} threads, {max(5, n)} repetitions')
    ratios, costs, rates = [], [], []
    for i in range(max(5, n) + 1):
        with tempfile.TemporaryDirectory() as folder: plain, (shown, rate) = without(folder), with_panel(folder, costs)
        if i: ratios.append(shown / plain); rates.append(rate); print(f'without {plain:.2f} steps/s   with {shown:.2f}   ratio {shown / plain:.3f}', flush=True)
    print(f'ratio: median {median(ratios):.3f}   lowest {min(ratios):.3f}   highest {max(ratios):.3f}')
    print(f'an update: median {median(costs):.2f} ms, highest {max(costs):.1f} ms; {median(rates):.1f} messages a second')
    with tempfile.TemporaryDirectory() as folder: waited, a_step, stop = clicks(folder)
    print(f'a command: median {median(waited):.3f} s, highest {max(waited):.3f} s, where a step takes {a_step:.3f} s; stop without learning rate decay, until the model is ready: {stop:.2f} s')


if __name__ == '__main__': main(*map(int, sys.argv[1:]))
