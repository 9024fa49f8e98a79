package dev.jetlane.client.worker;

import dev.jetlane.Delivery;
import dev.jetlane.Handling;
import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a worker knows of its partition.
 *
 * @param partition its name
 * @param pullWait how long one pull waits
 * @param maxDeliveries as of {@link dev.jetlane.QueueConfig#maxDeliveries}
 * @param listeners hear of each call of a handler, and follow it to its end
 * @param onEnd hears of the end of the worker
 */
public record WorkerContext(
    String partition,
    DriverClock clock,
    Duration pullWait,
    int maxDeliveries,
    Function<Delivery, Handling> listeners,
    Consumer<? super TaskWorker> onEnd) {}
