/**
 * The one client: everything that is the same for every implementation of a queue. {@link
 * dev.jetlane.client.Queues} is its only public class; a driver opens a queue with it.
 *
 * <p>It knows the contract of {@code dev.jetlane} and the interfaces of {@code dev.jetlane.driver},
 * and no implementation. A call enters at one of the {@code Client...} classes and leaves at the
 * driver interface below it:
 *
 * <pre>
 *   ClientQueue --&gt; ClientPartition --&gt; ClientPuller --&gt; ClientDelivery     what a user holds
 *        |                |                  |                 |
 *   QueueDriver     PartitionDriver      PullDriver          Lease             what a driver does
 * </pre>
 *
 * <p>{@link dev.jetlane.client.Session} gives calls their deadlines, and refuses calls after the
 * close; {@link dev.jetlane.client.Listeners} and {@link dev.jetlane.client.LeaseKeeper} are its
 * other helpers. Dependencies point to the right and down: a delivery does not know its puller, and
 * a puller does not know its partition.
 */
@NullMarked
package dev.jetlane.client;

import org.jspecify.annotations.NullMarked;
