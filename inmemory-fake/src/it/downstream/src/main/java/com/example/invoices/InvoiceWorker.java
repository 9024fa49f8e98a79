package com.example.invoices;

import dev.jetlane.Delivery;
import dev.jetlane.LeaseExpiredException;
import dev.jetlane.OutcomeUnknownException;
import dev.jetlane.Puller;
import dev.jetlane.QueueUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Sends invoices. An invoice that cannot be sent now is tried again later, each time after twice
 * the pause; one that can never be sent is put aside with the reason.
 */
final class InvoiceWorker {

  /** Sends an invoice; sending one twice does no harm. */
  interface Mailer {

    /**
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

  /** Works until the queue or the puller is closed. */
  void run() throws InterruptedException {
    while (true) {
      workOnce(Duration.ofSeconds(30));
    }
  }

  /**
   * Works on what there is, waiting for it if there is nothing; returns how many invoices it looked
   * at.
   */
  int workOnce(Duration wait) throws InterruptedException {
    int seen = 0;
    for (Delivery delivery : puller.pull(10, wait)) {
      seen++;
      try (delivery) {
        work(delivery);
      } catch (OutcomeUnknownException | QueueUnavailableException | LeaseExpiredException e) {
        // The lease runs out, and somebody sends it again.
      }
    }
    return seen;
  }

  private void work(Delivery delivery) {
    try {
      mailer.send(new String(delivery.payload(), StandardCharsets.UTF_8));
      delivery.ack();
    } catch (IOException e) {
      delivery.nak(FIRST_PAUSE.multipliedBy(1L << (delivery.attempt() - 1)));
    } catch (IllegalArgumentException e) {
      delivery.deadLetter("rejected: " + e.getMessage());
    }
  }
}
