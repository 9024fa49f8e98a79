package dev.jetlane.spi;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.TaskQueueException;
import java.util.function.Consumer;

/**
 * Gives back many deliveries, one after the other. Without a connection each would take the request
 * timeout to fail: once one has failed, the leases of the others run out instead.
 *
 * <p>Not thread-safe.
 */
final class GivingBack implements Consumer<Delivery> {

  private boolean inVain;

  @Override
  public void accept(Delivery delivery) {
    if (!inVain) {
      try {
        delivery.nak();
        return;
      } catch (LeaseExpiredException tooLate) {
        return; // As after a close.
      } catch (TaskQueueException e) {
        // An interrupt ends the waiting for a confirmation, and says nothing about the connection.
        inVain = !Thread.currentThread().isInterrupted();
      }
    }
    AbstractDelivery.keepNoLonger(delivery);
  }
}
