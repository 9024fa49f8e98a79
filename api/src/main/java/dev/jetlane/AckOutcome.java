// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

import org.jspecify.annotations.Nullable;

/**
 * The outcome of one delivery of {@link Partition#ackAll}: a settlement, or a failure.
 *
 * @param delivery the delivery
 * @param settlement what {@link Delivery#ack} would have returned; null if there is a failure
 * @param failure what {@link Delivery#ack} would have thrown; null if there is none
 */
public record AckOutcome(
    Delivery delivery, @Nullable Settlement settlement, @Nullable TaskQueueException failure) {}
