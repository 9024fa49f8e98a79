// A producer and a worker that follow WIRE.md, with the official client and without Jetlane.
import { connect, headers } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";

const [command, url, prefix, partition] = process.argv.slice(2);
const nc = await connect({ servers: url });
const js = jetstream(nc);

function withId(id, more = {}) {
  const all = headers();
  all.set("Nats-Msg-Id", `${partition}/${id}`);
  for (const [name, value] of Object.entries(more)) {
    all.set(name, value);
  }
  return all;
}

async function produce() {
  const subject = `${prefix}.${partition}`;
  for (let i = 0; i < 10; i++) {
    await js.publish(subject, `payload ${i}`, { headers: withId(`js-${i}`, { Number: `${i}` }) });
  }
  const again = await js.publish(subject, "again", { headers: withId("js-0") });
  if (!again.duplicate) {
    throw new Error("stored twice");
  }
  await js.publish(subject, "päyload ✓", { headers: withId("js-unicode", { Size: "größe ✓" }) });
  await js.publish(`${subject}.@priority.1`, "first", { headers: withId("js-first") });
  const id = "js-later";
  const later = `${subject}.@later.${Buffer.from(id).toString("base64url")}`;
  const delayed = { "Jetlane-Delay": "PT2S", "Nats-Expected-Last-Subject-Sequence": "0" };
  await js.publish(later, "later", { headers: withId(id, delayed) });
  console.log("produced");
}

async function deadLetter(message, reason, priority) {
  const letter = `${message.info.streamSequence}-${message.info.timestampNanos}`;
  const all = headers();
  for (const name of message.headers?.keys() ?? []) {
    if (!/^(nats|jetlane)-/i.test(name)) {
      all.set(name, message.headers.get(name));
    }
  }
  if (priority > 0) {
    all.set("Jetlane-Priority", `${priority}`);
  }
  all.set("Jetlane-Id", taskId(message));
  all.set("Jetlane-Attempts", `${message.info.deliveryCount}`);
  all.set("Jetlane-Reason", reason);
  all.set("Nats-Msg-Id", `${partition}/${letter}`);
  await js.publish(`${prefix}-dead.${partition}.${letter}`, message.data, { headers: all });
  message.term();
}

function taskId(message) {
  const own = message.headers?.get("Jetlane-Id");
  return own || message.headers?.get("Nats-Msg-Id")?.replace(`${partition}/`, "") || `seq-${message.seq}`;
}

function decoded(value) {
  const word = /^=\?UTF-8\?B\?(.*)\?=$/i.exec(value);
  return word ? Buffer.from(word[1], "base64").toString("utf8") : value;
}

// Handles this number of tasks, the highest priority first. A task with the payload "bad" or a passed
// deadline becomes a dead letter, a task with "again" is given back once, and all others are acked.
async function work(count, priorities) {
  for (let handled = 0; handled < count; ) {
    for (let priority = priorities - 1; priority >= 0; priority--) {
      const name = priority > 0 ? `${partition}@${priority}` : partition;
      const consumer = await js.consumers.get(prefix, name);
      for await (const message of await consumer.fetch({ max_messages: 5, expires: 1000 })) {
        handled += (await handle(message, priority)) ? 1 : 0;
      }
    }
  }
}

// Returns whether the task is settled.
async function handle(message, priority) {
  const payload = message.string();
  const deadline = message.headers?.get("Jetlane-Deadline");
  if (deadline && Date.now() >= Date.parse(deadline)) {
    await deadLetter(message, "expired", priority);
    console.log(`expired ${taskId(message)}`);
    return true;
  }
  if (payload === "again" && message.info.deliveryCount === 1) {
    message.nak(200);
    return false;
  }
  if (payload === "bad") {
    await deadLetter(message, "bad payload", priority);
  } else if (!(await message.ackAck())) {
    throw new Error("not acked");
  }
  const own = decoded(message.headers?.get("Own") ?? "");
  console.log(`handled ${taskId(message)} ${message.info.deliveryCount} ${payload} ${own}`);
  return true;
}

async function redrive(letter) {
  const manager = await jetstreamManager(nc);
  const dead = `${prefix}-dead`;
  const stored = await manager.streams.getMessage(dead, { last_by_subj: `${dead}.${partition}.${letter}` });
  const all = headers();
  for (const name of stored.header.keys()) {
    if (!/^(nats|jetlane)-/i.test(name)) {
      all.set(name, stored.header.get(name));
    }
  }
  all.set("Jetlane-Id", stored.header.get("Jetlane-Id"));
  all.set("Nats-Msg-Id", `${partition}!${letter}`);
  const priority = stored.header.get("Jetlane-Priority");
  const subject = `${prefix}.${partition}${priority ? `.@priority.${priority}` : ""}`;
  await js.publish(subject, stored.data, { headers: all });
  await manager.streams.deleteMessage(dead, stored.seq);
  console.log(`redriven ${stored.header.get("Jetlane-Id")}`);
}

if (command === "produce") {
  await produce();
} else if (command === "redrive") {
  await redrive(process.argv[6]);
} else {
  await work(Number(process.argv[6]), Number(process.argv[7]));
}
await nc.drain();
