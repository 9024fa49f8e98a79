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
 * Sends invoices. An invoice that cannot be sent now is tried again later, each time after twice
 * the pause; one that can never be sent is put aside with the reason.
 */
final class InvoiceWorker {

  /** Sends an invoice; sending one twice does no harm. */
  interface Mailer {

    /**
     * Sends an invoice.
     *
     * @throws IOException if it may work another time
     * @throws IllegalArgumentException if it will never work
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
      // The end.
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
        // When the lease ends the invoice comes back, unless it is gone.
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
