// SPDX-License-Identifier: Apache-2.0
package com.example.invoices;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Puller;
import dev.jetlane.QueueClosedException;
import dev.jetlane.QueueUnavailableException;
import java.io.IOException;
import java.time.Duration;

/**
 * Sends invoices. A failed invoice is tried again, each time after twice the pause; one that can
 * never be sent is dead-lettered with the reason.
 */
final class InvoiceWorker {

  /** Sends an invoice; sending one twice does no harm. */
  interface Mailer {

    /**
     * Sends an invoice.
     *
     * @throws IOException if a retry may succeed
     * @throws IllegalArgumentException if no retry can succeed
     */
    void send(String invoice) throws IOException;
  }

  private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);

  private final Puller puller;
  private final Mailer mailer;

  InvoiceWorker(Puller puller, Mailer mailer) {
    this.puller = puller;
    this.mailer = mailer;
  }

  /** Works until the puller or its queue is closed. */
  void run() throws InterruptedException {
    try {
      while (true) {
        workOnce(Duration.ofSeconds(30));
      }
    } catch (QueueClosedException e) {
      // The queue is closed.
    }
  }

  /**
   * Handles the waiting invoices, or waits for some; returns the number of invoices that it saw.
   */
  int workOnce(Duration wait) throws InterruptedException {
    int seen = 0;
    for (Delivery delivery : puller.pull(10, wait)) {
      seen++;
      try (delivery) {
        work(delivery);
      } catch (OutcomeUnknownException | QueueUnavailableException | LeaseExpiredException e) {
        // The invoice is redelivered after its lease, unless it was removed.
      }
    }
    return seen;
  }

  private void work(Delivery delivery) {
    try {
      mailer.send(delivery.text());
      delivery.ack();
    } catch (IOException e) {
      delivery.nak(FIRST_PAUSE.multipliedBy(1L << Math.min(delivery.attempt() - 1, 10)));
    } catch (IllegalArgumentException e) {
      delivery.deadLetter("rejected: " + e.getMessage());
    }
  }
}
