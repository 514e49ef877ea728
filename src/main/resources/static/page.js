const $ = id => document.getElementById(id);
const ENDPOINT = new URL('attention', document.baseURI).href;

/** Label and draft of the prompt, for models with a tokenizer and for models without one. */
const PROMPTS = {
  text: { label: 'Prompt', draft: 'When Mary and John went to the store , John gave a drink to' },
  ids: { label: 'Token ids, separated by commas (this model has no tokenizer)', draft: '1, 2, 3, 4, 5, 6, 7, 8' },
};
let models = new Map();
let promptForm = PROMPTS.text;
let latest = new AbortController(); // of the newest drawing; answers to older ones are dropped

const chosenModel = () => models.get($('model').value);

async function loadModels() {
  const { models: all } = await answerOf(await fetch('models'), r => r.json());
  models = new Map(all.map(m => [m.id, m]));
  $('model').replaceChildren(...all.map(m => new Option(m.id, m.id, m.default, m.default)));
}

/** Offers the layers and heads of the chosen model, and the kind of prompt it takes. */
function fitToModel() {
  const model = chosenModel();
  offer($('layer'), model.n_layers, [['all', 'all']], model.n_layers - 1);
  offer($('head'), model.n_heads, [['all', 'all'], ['mean', 'mean of all']], 0);
  promptForm.draft = $('prompt').value || promptForm.draft;
  promptForm = model.has_tokenizer ? PROMPTS.text : PROMPTS.ids;
  $('prompt-label').textContent = promptForm.label;
  $('prompt').value = promptForm.draft;
}

/** Offers some words and 0..count-1; keeps the current choice if it is still offered. */
function offer(select, count, words, fallback) {
  const before = select.value;
  const numbers = Array.from({ length: count }, (_, i) => new Option(i, i));
  select.replaceChildren(...words.map(([value, text]) => new Option(text, value)), ...numbers);
  select.value = before;
  if (select.selectedIndex < 0) select.value = fallback;
}

/** The body of POST /attention. */
function requestBody() {
  const body = { model: $('model').value, input: chosenModel().has_tokenizer ? $('prompt').value : tokenIds() };
  if ($('layer').value !== 'all') body.layers = [Number($('layer').value)];
  if ($('head').value === 'mean') body.average_heads = true;
  else if ($('head').value !== 'all') body.heads = [Number($('head').value)];
  if ($('kind').value !== 'pattern') body.kind = $('kind').value;
  return JSON.stringify(body);
}

function tokenIds() {
  return $('prompt').value.split(/[\s,]+/).filter(Boolean).map(word => {
    if (!/^-?\d{1,15}$/.test(word)) throw new Error(`"${word}" is not a token id: write whole numbers, separated by commas`);
    return Number(word);
  });
}

const HEADERS = { Accept: 'image/svg+xml', 'Content-Type': 'application/json' };

/** The request as a command for a POSIX shell. */
function curlCommand(body) {
  const quoted = text => `'${text.replaceAll("'", "'\\''")}'`;
  const headers = Object.entries(HEADERS).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  return [`curl ${quoted(ENDPOINT)} -o attention.svg`, ...headers, `--data-raw ${quoted(body)}`].join(' \\\n  ');
}

/** Requests the picture and shows it, unless a newer drawing has started meanwhile. */
async function draw() {
  latest.abort();
  const own = latest = new AbortController();
  showBusy();
  try {
    const body = requestBody();
    $('curl').textContent = curlCommand(body);
    $('request').hidden = false;
    const response = await fetch(ENDPOINT, { method: 'POST', headers: HEADERS, body, signal: own.signal });
    const svg = await answerOf(response, r => r.blob());
    if (own === latest) showPicture(svg, body);
  } catch (error) {
    if (own === latest) showError(error);
  }
}

/** Returns the body of a successful answer; throws an error with the problem document's detail otherwise. */
async function answerOf(response, read) {
  if (response.ok) return read(response);
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail || problem.title || `The service answered ${response.status}`);
}

function showBusy() {
  $('figure').ariaBusy = 'true';
  $('status').textContent = 'Drawing …';
}

function showPicture(svg, body) {
  URL.revokeObjectURL($('picture').src);
  $('picture').src = $('full').href = $('save').href = URL.createObjectURL(svg);
  $('picture').alt = `Heatmap of the attention from each token to every token, for the request ${body}`;
  settle('Each row is a token; bright cells are the tokens it looks at.', '');
}

function showError(error) {
  settle('', error instanceof TypeError ? 'The service cannot be reached' : error.message); // fetch's own error
}

function settle(status, error) {
  $('figure').ariaBusy = 'false';
  $('figure').hidden = error !== '';
  $('status').textContent = status;
  $('error').textContent = error;
  $('error').hidden = error === '';
}

async function copyCurl() {
  try {
    await navigator.clipboard.writeText($('curl').textContent);
  } catch { // no clipboard on a page served over plain HTTP from another machine
    getSelection().selectAllChildren($('curl'));
    document.execCommand('copy');
  }
  $('status').textContent = 'The command is copied.';
}

$('form').addEventListener('submit', event => { event.preventDefault(); draw(); });
$('prompt').addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) $('form').requestSubmit();
});
$('model').addEventListener('change', fitToModel);
for (const id of ['model', 'layer', 'head', 'kind']) $(id).addEventListener('change', draw);
$('copy').addEventListener('click', copyCurl);

try {
  await loadModels();
  fitToModel();
  $('draw').disabled = false;
  await draw();
} catch (error) {
  showError(error);
}
