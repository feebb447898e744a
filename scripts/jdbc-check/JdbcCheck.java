// What JDBC does with an endpoint: `java -cp DRIVER.jar:. JdbcCheck JDBC-URL NAME PID …`, with the sessions that are there.
// It prints a line for each thing that it has tried, and ends with 1 where one went wrong.
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

public class JdbcCheck {
  static final String ENDLESS =
      "with recursive t(n) as (select 1 union all select n + 1 from t) select count(*) from t";
  static final Map<String, Long> sessions = new TreeMap<>();
  static String url;
  static int wrong = 0;

  interface Act {
    Object run() throws Exception;
  }

  public static void main(String[] words) throws Exception {
    url = words[0];
    for (int at = 1; at + 1 < words.length; at += 2) sessions.put(words[at], Long.parseLong(words[at + 1]));
    try (Connection connection = open(new Properties())) {
      DatabaseMetaData about = connection.getMetaData();
      System.out.println(about.getDriverName() + " " + about.getDriverVersion() + ", server says " + about.getDatabaseProductVersion());
      check("select", sessions, () -> select(connection));
      check("prepared, past prepareThreshold", 12, () -> prepared(connection));
      check("types", "java.lang.Long java.math.BigDecimal java.sql.Timestamp java.lang.Boolean org.postgresql.util.PGobject", () -> types(connection));
      check("fetch size in a transaction", "complete, and the same twice", () -> fetched(connection));
      check("two result sets open at once", true, () -> twoPortals(connection));
      check("savepoint", "22012, then 1", () -> savepoint(connection));
      check("tables", true, () -> tables(about).containsAll(List.of("sessions", "processes", "connections", "locks", "coverage")));
      check("columns", "name text, pid int8, start_time_ticks numeric(20)", () -> columns(about));
      check("comments of columns", true, () -> remark(about).length() > 5);
      check("other metadata", true, () -> otherMetadata(about));
      check("a write", "25006", () -> codeOf(connection, "delete from sessions"));
      check("an unknown table", "42P01", () -> codeOf(connection, "select * from nothing_of_this_name"));
      check("query timeout", "57014", () -> timedOut(connection));
      check("cancel from another thread", "57014", () -> cancelled(connection));
      check("after them", sessions, () -> select(connection));
      check("an empty statement", 0, () -> connection.prepareStatement("").executeUpdate());
      check("is valid", true, () -> connection.isValid(5));
      connection.setReadOnly(true);
      check("read only", sessions, () -> select(connection));
      connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      check("serializable", sessions, () -> select(connection));
    }
    for (String mode : List.of("simple", "extended", "extendedForPrepared", "extendedCacheEverything")) {
      Properties properties = new Properties();
      properties.setProperty("preferQueryMode", mode);
      try (Connection connection = open(properties)) {
        check("preferQueryMode=" + mode, sessions, () -> select(connection));
        check("preferQueryMode=" + mode + ", prepared", 12, () -> prepared(connection));
      }
    }
    Properties binary = new Properties();
    binary.setProperty("prepareThreshold", "-1");
    try (Connection connection = open(binary)) {
      check("binary results", sessions, () -> select(connection));
      check("binary parameters", 12, () -> prepared(connection));
    }
    System.out.println(wrong == 0 ? "all is right" : wrong + " went wrong");
    System.exit(wrong == 0 ? 0 : 1);
  }

  static Connection open(Properties properties) throws SQLException {
    properties.setProperty("user", "anybody");
    properties.setProperty("ApplicationName", "jdbc-check");
    return DriverManager.getConnection(url, properties);
  }

  static void check(String what, Object wanted, Act act) {
    Object got;
    try {
      got = act.run();
    } catch (Exception error) {
      got = error.toString();
    }
    boolean isRight = wanted.equals(got);
    if (!isRight) wrong++;
    System.out.println((isRight ? "ok     " : "WRONG  ") + what + (isRight ? "" : ": " + got + ", and not " + wanted));
  }

  static Map<String, Long> select(Connection connection) throws SQLException {
    Map<String, Long> found = new TreeMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select name, pid from sessions")) {
      while (rows.next()) found.put(rows.getString("name"), rows.getLong("pid"));
    }
    return found;
  }

  /** From the fifth time on it is a named statement of the server. */
  static int prepared(Connection connection) throws SQLException {
    int right = 0;
    try (PreparedStatement statement = connection.prepareStatement("select pid, ?::int + 1 from sessions where name = ?")) {
      for (int time = 0; time < 12; time++) {
        String name = sessions.keySet().stream().skip(time % sessions.size()).findFirst().get();
        statement.setInt(1, time);
        statement.setString(2, name);
        try (ResultSet rows = statement.executeQuery()) {
          if (rows.next() && rows.getLong(1) == sessions.get(name) && rows.getInt(2) == time + 1 && !rows.next()) right++;
        }
      }
    }
    return right;
  }

  static String types(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select pid, start_time_ticks, observed_at, foreground, evidence from sessions limit 1")) {
      rows.next();
      List<String> classes = new ArrayList<>();
      for (int column = 1; column <= 5; column++) {
        Object value = rows.getObject(column);
        classes.add(value == null ? "null" : value.getClass().getName());
      }
      return String.join(" ", classes);
    }
  }

  /** With a fetch size, in a transaction, the driver executes a portal with a limit, and it is suspended. */
  static String fetched(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try {
      List<Long> first = pids(connection, 7);
      List<Long> second = pids(connection, 0);
      long series = 0;
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(100);
        try (ResultSet rows = statement.executeQuery("select * from generate_series(1, 1050) g")) {
          while (rows.next()) series += rows.getLong(1);
        }
      }
      if (series != 1050L * 1051 / 2) return "rows are missing: " + series;
      if (first.size() < 20) return "too few processes to tell: " + first.size();
      return first.equals(second) ? "complete, and the same twice" : first + " and then " + second;
    } finally {
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  static List<Long> pids(Connection connection, int fetchSize) throws SQLException {
    List<Long> pids = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(fetchSize);
      try (ResultSet rows = statement.executeQuery("select pid from processes order by pid")) {
        while (rows.next()) pids.add(rows.getLong(1));
      }
    }
    return pids;
  }

  static boolean twoPortals(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement one = connection.createStatement();
        Statement other = connection.createStatement()) {
      one.setFetchSize(3);
      other.setFetchSize(5);
      try (ResultSet up = one.executeQuery("select g from generate_series(1, 60) g");
          ResultSet down = other.executeQuery("select 61 - g from generate_series(1, 60) g")) {
        int count = 0;
        while (up.next() && down.next()) if (up.getInt(1) + down.getInt(1) == 61) count++;
        return count == 60;
      }
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  static String savepoint(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try {
      select(connection);
      Savepoint here = connection.setSavepoint("here");
      String code = codeOf(connection, "select 1 / 0");
      connection.rollback(here);
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery("select 1")) {
        rows.next();
        return code + ", then " + rows.getInt(1);
      }
    } finally {
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  static List<String> tables(DatabaseMetaData about) throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet rows = about.getTables(null, "public", "%", new String[] {"TABLE", "PARTITIONED TABLE", "FOREIGN TABLE", "VIEW"})) {
      while (rows.next()) names.add(rows.getString("TABLE_NAME"));
    }
    return names;
  }

  static String columns(DatabaseMetaData about) throws SQLException {
    List<String> found = new ArrayList<>();
    try (ResultSet rows = about.getColumns(null, "public", "sessions", "%")) {
      while (rows.next()) {
        String name = rows.getString("COLUMN_NAME");
        if (!List.of("name", "pid", "start_time_ticks").contains(name)) continue;
        String size = name.equals("start_time_ticks") ? "(" + rows.getInt("COLUMN_SIZE") + ")" : "";
        found.add(name + " " + rows.getString("TYPE_NAME") + size);
      }
    }
    return String.join(", ", found);
  }

  static String remark(DatabaseMetaData about) throws SQLException {
    try (ResultSet rows = about.getColumns(null, "public", "sessions", "pid")) {
      return rows.next() ? String.valueOf(rows.getString("REMARKS")) : "no such column";
    }
  }

  /** What tools ask for when they open a database. */
  static boolean otherMetadata(DatabaseMetaData about) throws SQLException {
    List<ResultSet> all = List.of(
        about.getSchemas(), about.getCatalogs(), about.getTableTypes(), about.getTypeInfo(),
        about.getPrimaryKeys(null, "public", "sessions"), about.getImportedKeys(null, "public", "sessions"),
        about.getIndexInfo(null, "public", "sessions", false, true), about.getFunctions(null, "public", "%"),
        about.getProcedures(null, "public", "%"), about.getTablePrivileges(null, "public", "sessions"));
    for (ResultSet rows : all) {
      ResultSetMetaData columns = rows.getMetaData();
      while (rows.next()) for (int column = 1; column <= columns.getColumnCount(); column++) rows.getObject(column);
      rows.close();
    }
    return about.getSQLKeywords().length() > 0 && about.getMaxColumnNameLength() > 0;
  }

  static String codeOf(Connection connection, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return "none";
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  static String timedOut(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);
      statement.execute(ENDLESS);
      return "none";
    } catch (SQLException error) {
      return error.getSQLState();
    }
  }

  static String cancelled(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      Thread other = new Thread(() -> {
        try {
          Thread.sleep(300);
          statement.cancel();
        } catch (Exception error) {
          System.out.println("WRONG  cancel: " + error);
        }
      });
      other.start();
      try {
        statement.execute(ENDLESS);
        return "none";
      } catch (SQLException error) {
        return error.getSQLState();
      } finally {
        other.join();
      }
    }
  }
}
