// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.jetlane.Codec;
import dev.jetlane.DeadLetter;
import dev.jetlane.Delivery;
import dev.jetlane.Partition;
import dev.jetlane.QueueConfig;
import dev.jetlane.Task;
import dev.jetlane.TaskQueue;
import dev.jetlane.TypedDelivery;
import dev.jetlane.TypedPartition;
import dev.jetlane.TypedPuller;
import dev.jetlane.Worker;
import dev.jetlane.WorkerOptions;
import dev.jetlane.inmemory.InMemoryServer;
import dev.jetlane.inmemory.ManualClock;
import dev.jetlane.jackson.JacksonCodec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples with typed tasks; {@link SnippetsTest} compares. */
@Timeout(120)
class TypedSnippetsTest {

  private static final TypeReference<List<Order>> ORDERS = new TypeReference<>() {};

  private final ObjectMapper mapper = new ObjectMapper();
  private final ManualClock clock = new ManualClock();
  private final InMemoryServer server = InMemoryServer.create(clock);
  private final Queue<Order> shipped = new ConcurrentLinkedQueue<>();

  record Order(String article, int count) {}

  @Test
  void ordersAreShippedAndUndecodableOnesAreDead() throws Exception {
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      Partition partition = queue.partition("orders");
      TypedPartition<Order> orders = partition.typed(JacksonCodec.of(mapper, Order.class));
      orders.push("order-7", new Order("lamp", 2));
      partition.push(Task.of("order-8", "{\"article\":\"chair\",\"count\":\"secret\"}"));
      Worker worker = orders.work((order, delivery) -> ship(order), WorkerOptions.defaults());
      server.awaitWorkers();
      worker.close();
      assertThat(shipped).containsExactly(new Order("lamp", 2));
      DeadLetter letter = partition.deadLetters().list(10).get(0);
      assertThat(letter.taskId()).isEqualTo("order-8");
      assertThat(letter.attempts()).isEqualTo(1);
      assertThat(letter.reason())
          .contains("UndecodableException")
          .contains("InvalidFormatException for dev.jetlane.docs.TypedSnippetsTest$Order at line 1")
          .doesNotContain("secret");
    }
  }

  @Test
  void workAsyncDecodes() throws Exception {
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      TypedPartition<List<Order>> lists =
          queue.partition("lists").typed(JacksonCodec.of(mapper, ORDERS));
      lists.push("list-1", List.of(new Order("lamp", 2), new Order("chair", 4)));
      lists.untyped().push(Task.of("list-2", "[] and more"));
      Worker worker =
          lists.workAsync(
              (list, delivery) -> {
                shipped.addAll(list);
                return delivery.ackAsync();
              },
              WorkerOptions.concurrency(1));
      server.awaitWorkers();
      worker.close();
      assertThat(shipped).extracting(Order::article).containsExactly("lamp", "chair");
      assertThat(lists.untyped().stats().dead()).isEqualTo(1);
    }
  }

  @Test
  void pullsOrders() throws Exception {
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      TypedPartition<String> orders = queue.partition("orders").typed(Codec.text());
      orders.untyped().push(orders.task("order-8", "two lamps").withDelay(Duration.ofHours(1)));
      clock.advance(Duration.ofHours(1));
      try (TypedPuller<String> puller = orders.puller()) {
        for (TypedDelivery<String> order : puller.pull(10, Duration.ofSeconds(30))) {
          try (order) {
            print(order.value());
            order.delivery().ack();
          }
        }
      }
      assertThat(shipped).containsExactly(new Order("two lamps", 1));
      assertThat(orders.untyped().stats().backlog()).isZero();
    }
  }

  @Test
  void codecsChain() throws Exception {
    SecretKey key = KeyGenerator.getInstance("AES").generateKey();
    Codec<String> confidential = Codec.text().then(new Gzip()).then(new Encryption(key));
    try (TaskQueue queue = server.connect(QueueConfig.defaults())) {
      TypedPartition<String> texts = queue.partition("texts").typed(confidential);
      texts.push("long", "a word ".repeat(10_000));
      texts.untyped().push(Task.of("forged", new byte[100]));
      try (TypedPuller<String> puller = texts.puller()) {
        List<TypedDelivery<String>> pulled = puller.pull(10, Duration.ZERO);
        assertThat(pulled)
            .extracting(TypedDelivery::value)
            .containsExactly("a word ".repeat(10_000));
        Delivery delivery = pulled.get(0).delivery();
        assertThat(delivery.payload()).hasSizeLessThan(1_000);
        assertThat(delivery.ack()).isNotNull();
      }
      assertThat(texts.untyped().deadLetters().list(10).get(0).reason())
          .contains("AEADBadTagException");
    }
  }

  /** Compresses. Reads at most its own maximum: a payload may be a decompression bomb. */
  static final class Gzip implements Codec<byte[]> {

    private static final int MOST = 64 * 1024 * 1024;

    @Override
    public byte[] encode(byte[] value) throws IOException {
      ByteArrayOutputStream compressed = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
        gzip.write(value);
      }
      return compressed.toByteArray();
    }

    @Override
    public byte[] decode(byte[] payload) throws IOException {
      try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(payload))) {
        byte[] value = gzip.readNBytes(MOST);
        if (gzip.read() >= 0) {
          throw new IOException("more than " + MOST + " bytes");
        }
        return value;
      }
    }
  }

  /** Encrypts with AES-GCM, which also detects every change. */
  static final class Encryption implements Codec<byte[]> {

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();
    private final SecretKey key;

    Encryption(SecretKey key) {
      this.key = key;
    }

    @Override
    public byte[] encode(byte[] value) throws GeneralSecurityException {
      byte[] nonce = new byte[NONCE_BYTES];
      random.nextBytes(nonce); // never twice with one key
      byte[] encrypted = cipher(Cipher.ENCRYPT_MODE, nonce).doFinal(value);
      byte[] payload = Arrays.copyOf(nonce, NONCE_BYTES + encrypted.length);
      System.arraycopy(encrypted, 0, payload, NONCE_BYTES, encrypted.length);
      return payload;
    }

    @Override
    public byte[] decode(byte[] payload) throws GeneralSecurityException {
      byte[] nonce = Arrays.copyOf(payload, NONCE_BYTES);
      int bytes = Math.max(0, payload.length - NONCE_BYTES);
      return cipher(Cipher.DECRYPT_MODE, nonce).doFinal(payload, payload.length - bytes, bytes);
    }

    private Cipher cipher(int mode, byte[] nonce) throws GeneralSecurityException {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
      return cipher;
    }
  }

  private void ship(Order order) {
    shipped.add(order);
  }

  private void print(String order) {
    shipped.add(new Order(order, 1));
  }
}
