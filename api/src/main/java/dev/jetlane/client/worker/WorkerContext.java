package dev.jetlane.client.worker;

import dev.jetlane.driver.DriverClock;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * What a worker knows of its partition.
 *
 * @param partition its name
 * @param pullWait how long one pull waits
 * @param maxDeliveries as of {@link dev.jetlane.QueueConfig#maxDeliveries}
 * @param onEnd hears of the end of the worker
 */
public record WorkerContext(
    String partition,
    DriverClock clock,
    Duration pullWait,
    int maxDeliveries,
    Consumer<? super TaskWorker> onEnd) {}
