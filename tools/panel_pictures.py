"""Make the pictures of panels that the pages show, from a real studio in a real browser.

    python tools/panel_pictures.py [folder, nbs/images]

Starts `finetune-nb studio clipart` on 127.0.0.1, clicks through its tabs, and writes panel_data.png, panel_train.png and panel_report.png.
Needs Chromium (or name yours in the variable CHROMIUM) and takes two minutes."""
import os, re, shutil, signal, subprocess, sys, tempfile
from pathlib import Path
from playwright.sync_api import expect, sync_playwright

flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']


def main(folder='nbs/images'):
    here, port = Path(folder).resolve(), 8765
    with tempfile.TemporaryDirectory() as runs, sync_playwright() as p:
        words = f'studio clipart --port {port} --size 96 --epochs 8 --recipe fine_tune --precision float32 --runs {runs}'.split()
        studio = subprocess.Popen([Path(sys.executable).parent/'finetune-nb', *words], stdout=subprocess.PIPE, text=True)
        try: click_through(p, re.search(r'http://\S+', studio.stdout.readline())[0], here)
        finally: studio.send_signal(signal.SIGINT); studio.wait()


def click_through(p, url, here):
    browser = p.chromium.launch(executable_path=os.environ.get('CHROMIUM') or shutil.which('chromium'), args=flags)
    page = browser.new_context(viewport=dict(width=1160, height=1400)).new_page()
    def panel(title): return page.locator('.ft-panel .ft-panel', has=page.locator('.ft-title', has_text=title))
    def state(title, word): expect(panel(title).get_by_role('status')).to_contain_text(word, timeout=180_000)
    def keep(title, name): panel(title).screenshot(path=here/f'panel_{name}.png')
    for _ in range(60):                                     # until Voila listens
        try: page.goto(url); break
        except Exception: page.wait_for_timeout(1000)
    state('Data', 'ready')
    panel('Data').get_by_role('button', name='Audit').click()
    expect(panel('Data')).to_contain_text('possible label error', timeout=180_000)
    panel('Data').get_by_role('button', name='Propose').click()
    panel('Data').locator('select').nth(2).select_option('possible label error')
    state('Data', 'done')
    page.wait_for_timeout(500)
    keep('Data', 'data')
    page.get_by_role('tab', name='Train').click()
    state('Fine-tune', 'ready')
    panel('Fine-tune').get_by_role('button', name='Train', exact=True).click()
    expect(panel('Fine-tune').locator('.ft-card', has_text='epoch')).to_contain_text(re.compile(r'[67] of'), timeout=180_000)
    keep('Fine-tune', 'train')
    state('Fine-tune', 'finished')
    page.get_by_role('tab', name='Report').click()
    state('Report', 'finished')
    keep('Report', 'report')
    browser.close()


if __name__ == '__main__': main(*sys.argv[1:])
