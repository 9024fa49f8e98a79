package dev.jetlane;

import java.time.Duration;
import java.util.Optional;

/**
 * A partition at one moment.
 *
 * @param name its name
 * @param stats its tasks
 * @param waitingPulls how many pulls of all clients wait for a task
 * @param pausedFor for how long it hands out nothing; empty if it is not paused
 */
public record PartitionSummary(
    String name, Stats stats, long waitingPulls, Optional<Duration> pausedFor) {}
