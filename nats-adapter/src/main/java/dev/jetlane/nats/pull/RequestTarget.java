// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.pull;

/**
 * The connection and the consumer that a request is sent to. After a change of either, no answer
 * comes.
 *
 * @param epoch the epoch of the connection
 * @param recreations how often the consumer had been created again
 */
record RequestTarget(int epoch, int recreations) {}
