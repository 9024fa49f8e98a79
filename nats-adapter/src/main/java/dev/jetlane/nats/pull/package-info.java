/**
 * Pulls and settles. A message arrives in a {@link dev.jetlane.nats.pull.PullInbox}, becomes a
 * {@link dev.jetlane.nats.pull.NatsLease}, and leaves with the request that settles it. The package
 * depends on requests and names, not on the creation of streams.
 *
 * <p><b>One pull at a time.</b> A pull holds the turn ({@code SharedPull}) from its beginning to
 * its end; the turn guards the state of the puller. A close wakes the pull with a request that the
 * server refuses. Dropping the subscription is the only way to withdraw a request that the server
 * cannot answer; before that, the puller receives the tasks that the server is sending.
 *
 * <p><b>With a thread and without.</b> A blocking pull waits on its subscription. An asynchronous
 * one ({@code IdlePull}) leaves its request open, releases its thread, and continues when a bell
 * rings ({@link dev.jetlane.nats.wire.Bells}). With prefetch or priorities it needs a thread
 * ({@code AsyncPull}).
 *
 * <p><b>Without prefetch</b> a pull is one request, and waits for its end. <b>With prefetch</b>
 * requests for more are open while tasks are handed out; {@code OpenRequests} counts the tasks that
 * they may still bring, {@code PrefetchWatch} gives back the tasks of an idle puller, and {@code
 * ArrivalTimes} has a lower bound for the arrival of each message, because its lease runs from then
 * on.
 */
@NullMarked
package dev.jetlane.nats.pull;

import org.jspecify.annotations.NullMarked;
