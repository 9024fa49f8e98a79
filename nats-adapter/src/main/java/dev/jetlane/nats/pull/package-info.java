/**
 * Pulling and settling: a message arrives in a {@link dev.jetlane.nats.pull.PullInbox}, becomes a
 * {@link dev.jetlane.nats.pull.NatsLease}, and leaves with the request that settles it. It knows
 * requests and names, and not how streams are made.
 *
 * <p><b>One pull at a time.</b> {@code SharedPull} holds a lock for the whole of a pull; everything
 * else in a puller is used under it. A close wakes the pull by dropping its subscription, which is
 * also the only way to take back a request that the server cannot answer.
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
