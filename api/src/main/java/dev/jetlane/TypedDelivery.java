// SPDX-License-Identifier: Apache-2.0
package dev.jetlane;

/**
 * A delivery and the value of its payload.
 *
 * @param value the decoded payload
 * @param delivery the task under its lease, to be settled
 * @param <T> the type of the value
 */
public record TypedDelivery<T>(T value, Delivery delivery) implements AutoCloseable {

  /** Gives the task back unless it is settled: {@link Delivery#close}. */
  @Override
  public void close() {
    delivery.close();
  }

  /** Contains the delivery but not the value, which may be confidential. */
  @Override
  public String toString() {
    return "TypedDelivery[" + delivery + "]";
  }
}
