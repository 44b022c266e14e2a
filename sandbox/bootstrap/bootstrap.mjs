// Runs a Node.js handler under the Lambda Runtime API.
import net from 'node:net';
import fs from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const prefix = '/2018-06-01/runtime/';
let request = ''; // ID of the invocation under way
let socket = null; // to the Runtime API, kept: node:http would take twice the time of an invocation

// ask sends a request and resolves to { status, headers, body }. One is asked at a time.
async function ask(method, where, body, headers = {}) {
  if (!socket || socket.destroyed) socket = await connect();
  const data = body === undefined ? Buffer.alloc(0) : Buffer.from(body);
  const all = { Host: `${host}:${port}`, 'Content-Type': 'application/json', 'Content-Length': data.length, ...headers };
  const head = `${method} ${prefix}${where} HTTP/1.1\r\n` + Object.entries(all).map(([k, v]) => `${k}: ${v}\r\n`).join('') + '\r\n';
  socket.ref(); // waited for: the event loop is not empty
  try {
    const answer = receive(socket);
    socket.write(Buffer.concat([Buffer.from(head, 'latin1'), data]));
    return await answer;
  } finally {
    socket.unref();
  }
}

function connect() {
  return new Promise((resolve, reject) => {
    const s = net.connect({ host, port: Number(port), noDelay: true }, () => {
      s.off('error', reject);
      s.on('error', () => {}); // who waits for an answer hears of it
      resolve(s);
    });
    s.once('error', reject);
  });
}

// receive resolves to the answer that comes next.
function receive(s) {
  return new Promise((resolve, reject) => {
    let got = Buffer.alloc(0);
    let chunks = [];
    let answer = null;
    let missing = 0; // bytes of the body
    const end = (settle, value) => {
      s.off('data', take);
      s.off('close', lost);
      settle(value);
    };
    const lost = () => end(reject, new Error('the Runtime API closed the connection'));
    const take = (chunk) => {
      if (!answer) {
        got = Buffer.concat([got, chunk]);
        const at = got.indexOf('\r\n\r\n');
        if (at < 0) return;
        answer = parse(got.toString('latin1', 0, at));
        missing = Number(answer.headers['content-length'] ?? 0);
        chunk = got.subarray(at + 4);
      }
      chunks.push(chunk);
      missing -= chunk.length;
      if (missing <= 0) end(resolve, { ...answer, body: Buffer.concat(chunks).toString() });
    };
    s.on('data', take);
    s.on('close', lost);
  });
}

// parse reads the head of an answer.
function parse(head) {
  const [first, ...lines] = head.split('\r\n');
  const headers = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim();
  }
  return { status: Number(first.split(' ')[1]), headers };
}

// fault is an error of the function before its handler runs.
function fault(kind, message) {
  const e = new Error(message);
  e.name = kind;
  e.stack = `${kind}: ${message}`;
  return e;
}

function describe(e) {
  if (!util.types.isNativeError(e) && !(e && e.name && e.message)) {
    return { errorType: typeof e, errorMessage: String(e), trace: [] };
  }
  return { errorType: e.name || 'Error', errorMessage: e.message || '', trace: String(e.stack || '').split('\n') };
}

// fail reports an error to the log and to the API.
async function fail(where, e) {
  const failure = describe(e);
  console.error('Invoke Error\t' + JSON.stringify({ errorType: failure.errorType, errorMessage: failure.errorMessage, stack: failure.trace }));
  const kind = failure.errorType.replace(/[^\x20-\x7e]/g, '?');
  await ask('POST', where, JSON.stringify(failure), { 'Lambda-Runtime-Function-Error-Type': kind });
}

// The console writes AWS's format: time, request, level, message; one line is one log event.
for (const [method, level] of [['log', 'INFO'], ['info', 'INFO'], ['debug', 'DEBUG'], ['trace', 'TRACE'], ['warn', 'WARN'], ['error', 'ERROR']]) {
  console[method] = (...parts) => {
    const line = [new Date().toISOString(), request || 'undefined', level, util.format(...parts)].join('\t').replace(/\n/g, '\r') + '\n';
    try {
      fs.writeSync(1, line);
    } catch (e) {
      if (e.code === 'EAGAIN') process.stdout.write(line); // the log is slower than the code
      else if (e.code !== 'EBADF' && e.code !== 'EPIPE') throw e; // the function closed it
    }
  };
}

// load finds the handler "dir/module.export.member".
async function load(name) {
  const base = path.basename(name);
  const dot = base.indexOf('.');
  if (dot < 1 || dot === base.length - 1 || name.includes('..')) throw fault('Runtime.MalformedHandlerName', 'Bad handler');
  const module = path.join(path.dirname(name), base.slice(0, dot));
  let found = await loadModule(path.resolve(process.env.LAMBDA_TASK_ROOT, module), module);
  const members = base.slice(dot + 1).split('.');
  if (found.default && found[members[0]] === undefined) found = found.default;
  const handler = members.reduce((o, m) => (o === undefined || o === null ? undefined : o[m]), found);
  if (handler === undefined) throw fault('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  if (typeof handler !== 'function') throw fault('Runtime.HandlerNotFound', `${name} is not a function`);
  return handler;
}

async function loadModule(file, name) {
  const candidates = [file, file + '.js', file + '.mjs', file + '.cjs', path.join(file, 'index.js'), path.join(file, 'index.mjs')];
  const found = candidates.find((f) => fs.statSync(f, { throwIfNoEntry: false })?.isFile());
  if (!found) throw fault('Runtime.ImportModuleError', `Error: Cannot find module '${name}'\nRequire stack:\n- ${import.meta.filename ?? '/var/runtime/bootstrap.mjs'}`);
  try {
    if (found.endsWith('.mjs') || (!found.endsWith('.cjs') && isModule(path.dirname(found)))) return await import(pathToFileURL(found).href);
    return createRequire(found)(found);
  } catch (e) {
    if (e instanceof SyntaxError) throw fault('Runtime.UserCodeSyntaxError', String(e));
    if (e && (e.code === 'MODULE_NOT_FOUND' || e.code === 'ERR_MODULE_NOT_FOUND')) throw fault('Runtime.ImportModuleError', String(e));
    throw e;
  }
}

// isModule says whether the nearest package.json makes .js files ES modules.
function isModule(dir) {
  for (;;) {
    try {
      return JSON.parse(fs.readFileSync(path.join(dir, 'package.json'), 'utf8')).type === 'module';
    } catch (e) {
      if (e.code !== 'ENOENT' || dir === '/' || dir === process.env.LAMBDA_TASK_ROOT) return false;
      dir = path.dirname(dir);
    }
  }
}

function contextOf(headers, settle) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const env = process.env;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    clientContext: headers['lambda-runtime-client-context'] ? JSON.parse(headers['lambda-runtime-client-context']) : undefined,
    identity: undefined,
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
    succeed: (result) => settle(null, result, true),
    fail: (e) => settle(e ?? new Error('handled'), undefined, true),
    done: (e, result) => settle(e, result, true),
  };
}

// emptied is what happens when the event loop has nothing left to do while an invocation is under way.
let emptied = null;
process.on('beforeExit', () => {
  const next = emptied;
  emptied = null;
  if (next) next();
});

// run calls the handler and resolves to its result: of the promise, or of the callback.
function run(handler, event, headers) {
  return new Promise((resolve, reject) => {
    let settled = false;
    const settle = (e, result, now) => {
      if (settled) return;
      settled = true;
      const end = () => (e !== null && e !== undefined ? reject(e) : resolve(result));
      if (now || !context.callbackWaitsForEmptyEventLoop) end();
      else emptied = end;
    };
    emptied = () => settle(null, null, true);
    const context = contextOf(headers, settle);
    const returned = handler(event, context, (e, result) => settle(e, result, e !== null && e !== undefined));
    if (returned && typeof returned.then === 'function') returned.then((result) => settle(null, result, true), (e) => settle(e ?? new Error(String(e)), undefined, true));
  });
}

async function invocation(handler) {
  const { status, headers, body } = await ask('GET', 'invocation/next');
  if (status !== 200) throw new Error(`the Runtime API answered ${status}: ${body}`);
  request = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'] ?? '';
  let answer;
  try {
    const result = await run(handler, JSON.parse(body), headers);
    try {
      answer = JSON.stringify(result === undefined ? null : result);
      if (answer === undefined) throw new TypeError(`a ${typeof result} is not JSON`);
    } catch (e) {
      throw fault('Runtime.MarshalError', `Unable to stringify response body as json: ${e.message}`);
    }
  } catch (e) {
    await fail(`invocation/${request}/error`, e);
    return;
  } finally {
    emptied = null;
  }
  await ask('POST', `invocation/${request}/response`, answer);
}

// ended reports what nobody caught, and ends the environment.
async function ended(kind, e) {
  const failure = fault(kind, kind === 'Runtime.UnhandledPromiseRejection' ? String(e) : describe(e).errorMessage);
  failure.stack = e?.stack ?? failure.stack;
  try {
    await fail(request ? `invocation/${request}/error` : 'init/error', failure);
  } finally {
    process.exit(128);
  }
}
process.on('uncaughtException', (e) => ended(e?.name ?? 'Error', e));
process.on('unhandledRejection', (e) => ended('Runtime.UnhandledPromiseRejection', e));

let handler;
try {
  handler = await load(process.env._HANDLER ?? '');
} catch (e) {
  await fail('init/error', e);
  process.exit(1);
}
for (;;) await invocation(handler);
