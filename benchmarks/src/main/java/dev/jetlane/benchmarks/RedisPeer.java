// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntry;

/**
 * A stream and a consumer group: pipelines of 1,000 {@code XADD}, and a connection for each handler
 * that reads 100 entries, and acknowledges and deletes each of them in one pipeline.
 */
final class RedisPeer implements PeerClient {

  private static final String STREAM = "tasks";
  private static final String GROUP = "workers";
  private static final int PIPELINE = 1_000;
  private static final int BATCH = 100;

  private final PeerServer server;
  private final Jedis jedis;
  private final List<Jedis> connections = new ArrayList<>();
  private final ExecutorService handlers = Executors.newFixedThreadPool(HANDLERS);
  private final Map<String, String> entry;

  RedisPeer(PeerServer server, byte[] payload) throws Exception {
    this.server = server;
    entry = Map.of("payload", new String(payload, StandardCharsets.US_ASCII));
    jedis = connect();
    jedis.del(STREAM);
    jedis.xgroupCreate(STREAM, GROUP, new StreamEntryID(0, 0), true);
    for (int handler = 0; handler < HANDLERS; handler++) {
      connections.add(connect());
    }
  }

  /** A server that has just started may still be loading. */
  private Jedis connect() throws Exception {
    return server.connect(
        () -> {
          Jedis opened = new Jedis("127.0.0.1", server.port());
          opened.ping();
          return opened;
        });
  }

  @Override
  public void push(int tasks) {
    for (int left = tasks; left > 0; left -= PIPELINE) {
      Pipeline pipeline = jedis.pipelined();
      List<Response<StreamEntryID>> stored = new ArrayList<>(PIPELINE);
      for (int i = Math.min(left, PIPELINE); i > 0; i--) {
        stored.add(pipeline.xadd(STREAM, XAddParams.xAddParams(), entry));
      }
      pipeline.sync();
      stored.forEach(Response::get); // Throws if it was refused.
    }
  }

  @Override
  public void handle(int tasks) throws Exception {
    AtomicInteger left = new AtomicInteger(tasks);
    List<Callable<Void>> loops = new ArrayList<>();
    for (Jedis connection : connections) {
      loops.add(
          () -> {
            handle(connection, "handler-" + connections.indexOf(connection), left);
            return null;
          });
    }
    for (Future<Void> ended : handlers.invokeAll(loops)) {
      ended.get();
    }
  }

  private static void handle(Jedis connection, String name, AtomicInteger left) {
    XReadGroupParams batch = XReadGroupParams.xReadGroupParams().count(BATCH);
    Map<String, StreamEntryID> news = Map.of(STREAM, StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY);
    while (left.get() > 0) {
      List<Map.Entry<String, List<StreamEntry>>> read =
          connection.xreadGroup(GROUP, name, batch, news);
      if (read == null || read.isEmpty()) {
        return;
      }
      Pipeline pipeline = connection.pipelined();
      List<Response<Long>> done = new ArrayList<>(2 * BATCH);
      for (StreamEntry task : read.get(0).getValue()) {
        done.add(pipeline.xack(STREAM, GROUP, task.getID()));
        done.add(pipeline.xdel(STREAM, task.getID()));
      }
      pipeline.sync();
      for (Response<Long> each : done) {
        if (each.get() != 1) {
          throw new IllegalStateException("a task was not acknowledged or not deleted");
        }
      }
      left.addAndGet(-done.size() / 2);
    }
  }

  @Override
  public long left() {
    return jedis.xlen(STREAM);
  }

  @Override
  public void purge() {
    jedis.xtrim(STREAM, 0, false);
  }

  @Override
  public void close() {
    handlers.shutdown();
    connections.forEach(Jedis::close);
    jedis.close();
    server.close();
  }
}
