"""Counts parameters and multiplications of every architecture of timm, without memory or arithmetic for them

    python tools/catalogue.py        # writes finetune_nb/assets/timm.csv, some minutes

The model is made on torch's `meta` device, where tensors have a shape and nothing else; torch's own FlopCounterMode counts the forward pass
of one picture at the size of the model info. GMACs stand empty where that fails."""
import warnings
from pathlib import Path
import pandas as pd, timm, torch
from torch.utils.flop_counter import FlopCounterMode

warnings.filterwarnings('ignore')


def row(name):
    with torch.device('meta'):
        model = timm.create_model(name).eval()
        size = timm.get_pretrained_cfg(name).input_size if timm.is_model_pretrained(name) else model.default_cfg['input_size']
        parameters = sum(p.numel() for p in model.parameters())
        try:
            with FlopCounterMode(display=False) as counter, torch.inference_mode(): model(torch.empty(1, *size))
            gmacs = round(counter.get_total_flops() / 2e9, 3)
        except Exception as e: print(f'{name}: no GMACs ({type(e).__name__})'); gmacs = ''
    return dict(model=name, parameters=parameters, size=size[-1], gmacs=gmacs)


def main():
    names = sorted({o.split('.')[0] for o in timm.list_models(pretrained=True)})
    rows = []
    for name in names:
        try: rows.append(row(name))
        except Exception as e: print(f'{name}: left out ({type(e).__name__}: {str(e)[:80]})')
    path = Path(__file__).parents[1]/'finetune_nb'/'assets'/'timm.csv'
    pd.DataFrame(rows).to_csv(path, index=False)
    print(f'timm {timm.__version__}: {len(rows)} of {len(names)} architectures written')


if __name__ == '__main__': main()
