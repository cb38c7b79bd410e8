// A message centre of npm's smpp: it lets one account in, takes what it is given, prints it as JSON and sends receipts.
const smpp = require("smpp");

const [port, password] = process.argv.slice(2);
let taken = 0;

const server = smpp.createServer((session) => {
  session.on("error", () => session.close());
  session.on("bind_transceiver", (pdu) => {
    const known = pdu.system_id === "kommun" && pdu.password === password;
    session.send(pdu.response({ command_status: known ? smpp.ESME_ROK : smpp.ESME_RINVPASWD }));
  });
  session.on("enquire_link", (pdu) => session.send(pdu.response()));
  session.on("unbind", (pdu) => session.send(pdu.response(), null, () => session.close()));
  session.on("submit_sm", (pdu) => {
    const id = `smsc-${++taken}`;
    const short = pdu.short_message || {};
    console.log(
      JSON.stringify({
        id,
        to: pdu.destination_addr,
        from: pdu.source_addr,
        ton: pdu.source_addr_ton,
        coding: pdu.data_coding,
        text: String(short.message),
        parts: (short.udh || []).map((one) => one.toString("hex")),
      }),
    );
    session.send(pdu.response({ message_id: id }));
    if (!pdu.registered_delivery) return;
    const text = `id:${id} sub:001 dlvrd:001 submit date:2611241330 done date:2611241331 stat:DELIVRD err:000 text:`;
    session.deliver_sm({
      source_addr: pdu.destination_addr,
      destination_addr: pdu.source_addr,
      esm_class: 4,
      receipted_message_id: id,
      message_state: 2,
      short_message: text,
    });
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
