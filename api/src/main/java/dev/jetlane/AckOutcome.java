// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of one delivery of {@link Partition#ackAll}: a settlement, or a failure.
 *
 * @param delivery the delivery
 * @param settlement the result of {@link Delivery#ack}; null if there is a failure
 * @param failure the exception of {@link Delivery#ack}; null if there is none
 */
public record AckOutcome(
    Delivery delivery, @Nullable Settlement settlement, @Nullable TaskQueueException failure) {}
