"A real JupyterLab on 127.0.0.1 and a real Chromium: one of each for all tests, a new page for each"
import json, os, secrets, shutil, signal, socket, subprocess, sys, time, urllib.request
from pathlib import Path
import nbformat, pytest

chromium = os.environ.get('CHROMIUM') or shutil.which('chromium') or shutil.which('chromium-browser')
flags = '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split()
pictures = Path(os.environ.get('BROWSER_PICTURES') or 'browser_pictures')       # screenshots; in .gitignore


def pytest_collection_modifyitems(items):
    missing = pytest.mark.skip(reason='needs Chromium: `apt-get install chromium`, or name yours in the variable CHROMIUM')
    for item in items:
        if not chromium and Path(__file__).parent in Path(item.fspath).parents: item.add_marker(missing)


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def served(words, url, log, **kwargs):
    "A server that answers, or what it said before it died"
    own = dict(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))         # a shell's background jobs ignore it
    process = subprocess.Popen(words, stdout=open(log, 'w'), stderr=subprocess.STDOUT, **own, **kwargs)
    for _ in range(600):
        if process.poll() is not None: raise RuntimeError(log.read_text()[-2000:])
        try: urllib.request.urlopen(url, timeout=1); return process
        except OSError: time.sleep(0.1)
    raise RuntimeError(f'no answer: {log.read_text()[-2000:]}')


@pytest.fixture(scope='session')
def lab(tmp_path_factory):
    "Address, token and folder of a JupyterLab with settings of its own"
    root, state = tmp_path_factory.mktemp('notebooks'), tmp_path_factory.mktemp('lab')
    quiet = state/'settings'/'@jupyterlab'/'apputils-extension'
    quiet.mkdir(parents=True)
    (quiet/'notification.jupyterlab-settings').write_text(json.dumps(dict(fetchNews='false', checkForUpdates=False)))
    port, token = free_port(), secrets.token_hex(16)
    options = {'ServerApp.root_dir': root, 'IdentityProvider.token': token, 'LabApp.expose_app_in_browser': True, 'ServerApp.port_retries': 0,
               'LabApp.user_settings_dir': state/'settings', 'LabApp.workspaces_dir': state/'workspaces', 'ServerApp.terminals_enabled': False,
               'LabApp.extension_manager': 'readonly', 'LabApp.news_url': ''}
    words = [sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root', '--ip=127.0.0.1', f'--port={port}', *(f'--{k}={v}' for k, v in options.items())]
    own = {'JUPYTER_RUNTIME_DIR': state/'runtime', 'JUPYTER_DATA_DIR': state/'data', 'IPYTHONDIR': state/'ipython', 'JUPYTER_CONFIG_DIR': state/'config'}
    process = served(words, f'http://127.0.0.1:{port}/api/status?token={token}', state/'lab.log', cwd=root, env={**os.environ, **{k: str(v) for k, v in own.items()}})
    yield dict(url=f'http://127.0.0.1:{port}', token=token, root=root)
    process.terminate()
    process.wait(30)


@pytest.fixture(scope='session')
def browser():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        opened = p.chromium.launch(executable_path=chromium, args=flags)
        yield opened
        opened.close()


@pytest.fixture
def notebook(lab, browser, request):
    "notebook(*cells): a page on which a new notebook has begun to run"
    context, pages = browser.new_context(viewport=dict(width=1400, height=1500)), []
    def open_it(*cells):
        name = f'{request.node.name}-{len(pages)}.ipynb'
        spec = dict(kernelspec=dict(name='python3', display_name='Python 3', language='python'))
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(o) for o in cells], metadata=spec), lab['root']/name)
        page = context.new_page()
        pages.append(page)
        page.goto(f"{lab['url']}/lab/tree/{name}?token={lab['token']}&reset")
        page.wait_for_function('window.jupyterapp?.shell?.currentWidget?.sessionContext', timeout=60_000)
        page.evaluate('''async () => {
            const widget = jupyterapp.shell.currentWidget;
            await widget.context.ready; await widget.sessionContext.ready; await widget.sessionContext.session.kernel.info;
            jupyterapp.commands.execute('notebook:run-all-cells') }''')
        return page
    yield open_it
    for page in pages:
        if page.is_closed(): continue
        if request.session.testsfailed: shoot(page, f'failed-{request.node.name}')
        page.evaluate("jupyterapp.commands.execute('kernelmenu:shutdown')")
    context.close()


def shoot(page, name):
    pictures.mkdir(exist_ok=True)
    page.screenshot(path=pictures/f'{name}.png')
