/**
 * Pulling and settling: a message arrives in a {@link dev.jetlane.nats.pull.PullInbox}, becomes a
 * {@link dev.jetlane.nats.pull.NatsLease}, and leaves with the request that settles it. It knows
 * requests and names, and not how streams are made.
 *
 * <p><b>One pull at a time.</b> A pull has its turn ({@code SharedPull}) from its beginning to its
 * end; everything else in a puller belongs to the turn. A close wakes the pull by a request that
 * the server refuses. To drop the subscription is the only way to take back a request that the
 * server cannot answer; before that, what the server is sending is taken in.
 *
 * <p><b>With a thread and without.</b> A blocking pull waits on its subscription. An asynchronous
 * one ({@code IdlePull}) leaves its request open and its thread, and goes on when a bell rings
 * ({@link dev.jetlane.nats.wire.Bells}). With prefetch or priorities it still needs a thread
 * ({@code AsyncPull}).
 *
 * <p><b>Without prefetch</b> nothing is leased that was not asked for: one request, waited for to
 * its end. <b>With prefetch</b> requests for more are open while tasks are handed out; {@code
 * OpenRequests} counts what they may still bring, {@code PrefetchWatch} gives back what no pull
 * came for, and {@code ArrivalTimes} bounds from below when a message that waited had arrived,
 * because its lease has been running since.
 */
@NullMarked
package dev.jetlane.nats.pull;

import org.jspecify.annotations.NullMarked;
