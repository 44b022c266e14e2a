// A short message centre by node-smpp, which prints each part as a line of JSON: node server.js MODULE
const smpp = require(process.argv[2]);

const say = (o) => process.stdout.write(JSON.stringify(o) + "\n");
let parts = 0;

const server = smpp.createServer((session) => {
  const bind = (pdu) => {
    const good = pdu.system_id === "vauban" && pdu.password === "secret";
    session.send(pdu.response({ command_status: good ? smpp.ESME_ROK : smpp.ESME_RINVPASWD, system_id: "node" }));
  };
  session.on("bind_transmitter", bind);
  session.on("bind_transceiver", bind);
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => { session.send(pdu.response()); session.close(); });
  session.on("submit_sm", (pdu) => {
    if (pdu.destination_addr === "4915100000001") {
      session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
      return;
    }
    const m = pdu.short_message;
    say({
      from: pdu.source_addr, fromTON: pdu.source_addr_ton, to: pdu.destination_addr, toTON: pdu.dest_addr_ton, toNPI: pdu.dest_addr_npi,
      coding: pdu.data_coding, esmClass: pdu.esm_class, text: typeof m === "string" ? m : m.message, udh: m.udh ? Buffer.concat([].concat(m.udh).map(Buffer.from)).toString("hex") : "",
    });
    session.send(pdu.response({ message_id: "node-" + ++parts }));
    const said = typeof m === "string" ? m : m.message;
    if (said === "Please answer.") {
      session.deliver_sm({ source_addr: pdu.destination_addr, source_addr_ton: 1, source_addr_npi: 1, destination_addr: "70123", short_message: "Stop" });
    }
    if (pdu.registered_delivery) {
      session.deliver_sm({ source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4, short_message: "id:node-" + parts + " stat:DELIVRD" });
    }
  });
  session.on("error", () => {});
});
server.listen(0, "127.0.0.1", () => say({ port: server.address().port }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0)); // the test has ended
