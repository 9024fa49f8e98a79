/**
 * The contract of a work queue: partitions, tasks, leases, settlements. Start reading here.
 *
 * <pre>
 *  push --&gt; partition (kept until settled) --&gt; pull --&gt; Delivery under a lease --&gt; ack --&gt; gone
 *               ^                                          |  |
 *               |                                          |  +-- extend (the lease restarts)
 *               +-- nak, nak(delay), lease expires &lt;-------+
 *               ^                                          +-- deadLetter, max deliveries --&gt; DeadLetters
 *               +------------------- redrive &lt;------------------------------------------------+
 * </pre>
 *
 * <p>{@link dev.jetlane.TaskQueue} is the entry point. {@code jetlane-nats} implements it on NATS
 * JetStream, {@code jetlane-inmemory} in memory with a manual clock. {@code jetlane-conformance}
 * verifies both against the same rules, whose ids (such as {@code LEASE-1}) are listed in its
 * {@code RULES.md}.
 *
 * <p>Most applications use three types: {@link dev.jetlane.Partition#push} stores a {@link
 * dev.jetlane.Task}, and {@link dev.jetlane.Partition#work} starts a {@link dev.jetlane.Worker}.
 * {@link dev.jetlane.Puller} and {@link dev.jetlane.Delivery} are the layer below the worker.
 *
 * <p><b>Errors.</b> Arguments, null included, are checked before anything is sent, and refused with
 * {@link dev.jetlane.InvalidInputException}. {@link dev.jetlane.Limits} has all bounds. Every other
 * failure is a {@link dev.jetlane.TaskQueueException}, whose {@code isRetryable()} says whether a
 * retry can help.
 *
 * <p><b>Payloads.</b> The queue copies each array that it receives. An array that it returns
 * belongs to the caller: a change to it affects no stored task, dead letter or other delivery.
 *
 * <h2>Glossary</h2>
 *
 * <table>
 * <caption>The words of this package and those of other queues</caption>
 * <tr><th>word</th><th>SQS</th><th>RabbitMQ</th><th>Pub/Sub</th><th>Kafka share group</th><th>JetStream</th></tr>
 * <tr><td>queue</td><td>account</td><td>virtual host</td><td>project</td><td>cluster</td><td>stream</td></tr>
 * <tr><td>partition</td><td>queue</td><td>queue</td><td>subscription</td><td>topic and share group</td><td>consumer and subject</td></tr>
 * <tr><td>task</td><td>message</td><td>message</td><td>message</td><td>record</td><td>message</td></tr>
 * <tr><td>push</td><td>send</td><td>publish and confirm</td><td>publish</td><td>send</td><td>publish</td></tr>
 * <tr><td>atomic push</td><td></td><td>transaction</td><td></td><td>transaction</td><td>atomic batch</td></tr>
 * <tr><td>pull</td><td>receive</td><td>get, consume</td><td>pull</td><td>poll</td><td>fetch</td></tr>
 * <tr><td>delivery</td><td>receive</td><td>delivery</td><td>delivery</td><td>delivery</td><td>delivery</td></tr>
 * <tr><td>attempt</td><td>receive count</td><td></td><td>delivery attempt</td><td>delivery count</td><td>num delivered</td></tr>
 * <tr><td>lease</td><td>visibility timeout</td><td>until the channel closes</td><td>ack deadline</td><td>acquisition lock</td><td>ack wait</td></tr>
 * <tr><td>extend</td><td>change visibility</td><td></td><td>modify ack deadline</td><td>renew</td><td>in progress</td></tr>
 * <tr><td>ack</td><td>delete</td><td>ack</td><td>ack</td><td>accept</td><td>ack</td></tr>
 * <tr><td>nak</td><td>visibility 0</td><td>nack, requeue</td><td>nack</td><td>release</td><td>nak</td></tr>
 * <tr><td>dead letter</td><td>in the DLQ</td><td>in the DLX</td><td>dead letter topic</td><td>reject</td><td></td></tr>
 * <tr><td>redrive</td><td>redrive</td><td>shovel</td><td></td><td></td><td></td></tr>
 * <tr><td>dedup window</td><td>deduplication interval</td><td></td><td></td><td></td><td>duplicate window</td></tr>
 * <tr><td>outstanding</td><td>in flight</td><td>unacked</td><td>outstanding</td><td>acquired</td><td>ack pending</td></tr>
 * <tr><td>prefetch</td><td></td><td>prefetch</td><td>flow control</td><td></td><td></td></tr>
 * <tr><td>worker</td><td>listener</td><td>consumer</td><td>subscriber</td><td>share consumer</td><td>consume</td></tr>
 * <tr><td>drain</td><td></td><td></td><td></td><td></td><td>drain</td></tr>
 * <tr><td>drift</td><td></td><td>precondition failed</td><td></td><td></td><td></td></tr>
 * </table>
 */
@NullMarked
package dev.jetlane;

import org.jspecify.annotations.NullMarked;
