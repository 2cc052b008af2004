// SPDX-License-Identifier: Apache-2.0
// The WHATWG URL parser of Node: for each line "BASE REFERENCE HOST PATH" in hexadecimal (- for none), a line of
// JSON: what the parser makes of the reference, and HOST and PATH (mxtap's) brought to its normal form.
const readline = require("readline");

const text = (hex) => (hex === "-" ? "" : Buffer.from(hex, "hex").toString("utf8"));

function parsed(reference, base) {
  try {
    return base ? new URL(reference, base) : new URL(reference);
  } catch (e) {
    return null;
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const [base, reference, host, path] = line.split(" ").map(text);
  const url = parsed(reference, base);
  const again = host ? parsed("http://" + (host.includes(":") ? "[" + host + "]" : host) + "/") : null;
  const tail = parsed("http://h" + path);
  const all = (u) => u && u.pathname + u.search + u.hash;
  console.log(JSON.stringify({
    scheme: url && url.protocol.slice(0, -1),
    host: url && url.hostname,
    port: url && url.port,
    path: all(url),
    ourHost: again && again.hostname,
    ourPath: all(tail),
  }));
});
