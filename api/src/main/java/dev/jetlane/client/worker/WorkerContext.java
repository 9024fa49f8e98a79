// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The properties of a partition that a worker needs.
 *
 * @param partition the name of the partition
 * @param pullWait the longest wait of one pull
 * @param maxDeliveries see {@link dev.jetlane.QueueConfig#maxDeliveries}
 * @param priorities see {@link dev.jetlane.QueueConfig#priorities}
 * @param listeners receives each call of a handler, and its end
 * @param onEnd receives the end of the worker
 */
public record WorkerContext(
    String partition,
    DriverClock clock,
    Duration pullWait,
    int maxDeliveries,
    int priorities,
    Function<Delivery, Handling> listeners,
    Consumer<? super TaskWorker> onEnd) {}
