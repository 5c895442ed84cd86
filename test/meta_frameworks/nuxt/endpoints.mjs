export const endpoints = {
  echo: { on_message: (message, connection) => connection.send(message) },
};
