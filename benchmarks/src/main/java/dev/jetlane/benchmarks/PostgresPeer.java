// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.benchmarks;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A table: 1,000 rows a transaction, and a connection for each handler that locks 100 rows with
 * SKIP LOCKED, handles them, deletes them and commits. A handler that dies gives all 100 back.
 */
final class PostgresPeer implements PeerClient {

  /** The administrator of the server, who is trusted on loopback. */
  static final String USER = "bench";

  private static final int TRANSACTION = 1_000;
  private static final int BATCH = 100;

  private final PeerServer server;
  private final byte[] payload;
  private final Connection connection;
  private final List<Connection> connections = new ArrayList<>();
  private final ExecutorService handlers = Executors.newFixedThreadPool(HANDLERS);

  PostgresPeer(PeerServer server, byte[] payload) throws Exception {
    this.server = server;
    this.payload = payload;
    connection = server.connect(this::open);
    execute("CREATE TABLE IF NOT EXISTS tasks (id bigserial PRIMARY KEY, payload bytea NOT NULL)");
    for (int handler = 0; handler < HANDLERS; handler++) {
      connections.add(open());
    }
  }

  private Connection open() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", USER);
    properties.setProperty("reWriteBatchedInserts", "true");
    Connection opened =
        DriverManager.getConnection(
            "jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres", properties);
    opened.setAutoCommit(false);
    return opened;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
    connection.commit();
  }

  @Override
  public void push(int tasks) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO tasks (payload) VALUES (?)")) {
      for (int left = tasks; left > 0; left -= TRANSACTION) {
        for (int i = Math.min(left, TRANSACTION); i > 0; i--) {
          insert.setBytes(1, payload);
          insert.addBatch();
        }
        insert.executeBatch();
        connection.commit();
      }
    }
  }

  @Override
  public void handle(int tasks) throws Exception {
    AtomicInteger done = new AtomicInteger();
    List<Callable<Void>> loops = new ArrayList<>();
    for (Connection own : connections) {
      loops.add(
          () -> {
            handle(own, done);
            return null;
          });
    }
    for (Future<Void> ended : handlers.invokeAll(loops)) {
      ended.get();
    }
    if (done.get() != tasks) {
      throw new IllegalStateException(done + " tasks were handled, not " + tasks);
    }
  }

  /** Handles rows until every remaining row is locked by another connection. */
  private static void handle(Connection own, AtomicInteger done) throws SQLException {
    try (PreparedStatement lock =
            own.prepareStatement(
                "SELECT id, payload FROM tasks ORDER BY id LIMIT "
                    + BATCH
                    + " FOR UPDATE SKIP LOCKED");
        PreparedStatement delete = own.prepareStatement("DELETE FROM tasks WHERE id = ANY (?)")) {
      while (true) {
        List<Long> handled = new ArrayList<>(BATCH);
        try (ResultSet rows = lock.executeQuery()) {
          while (rows.next()) {
            byte[] unused = rows.getBytes(2);
            handled.add(rows.getLong(1));
          }
        }
        if (handled.isEmpty()) {
          own.commit();
          return;
        }
        delete.setArray(1, own.createArrayOf("bigint", handled.toArray()));
        done.addAndGet(delete.executeUpdate());
        own.commit();
      }
    }
  }

  @Override
  public long left() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM tasks")) {
      count.next();
      long left = count.getLong(1);
      connection.commit();
      return left;
    }
  }

  /** Also removes dead rows, which would slow down the next drain. */
  @Override
  public void purge() throws SQLException {
    execute("TRUNCATE tasks");
  }

  @Override
  public void close() throws SQLException {
    handlers.shutdown();
    for (Connection own : connections) {
      own.close();
    }
    connection.close();
    server.close();
  }
}
