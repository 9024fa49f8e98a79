// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import java.time.Duration;
import java.util.Optional;

/**
 * The state of a partition at one moment.
 *
 * @param name its name
 * @param stats the counts of its tasks
 * @param waitingPulls the number of waiting pulls of all clients
 * @param pausedFor the remaining time of a pause; empty if it is not paused
 */
public record PartitionSummary(
    String name, Stats stats, long waitingPulls, Optional<Duration> pausedFor) {}
