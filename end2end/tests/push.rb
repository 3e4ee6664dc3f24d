# A hotel's script as it was written for another program: only the host and the key are new.
# It takes 200 and 404 as fine (whoever is connected has it) and anything else as an error.
require "net/http"
require "json"

HOST, KEY = ENV.fetch("HOST"), ENV.fetch("KEY")

def message(action, to, params = {})
  answer = Net::HTTP.post_form(URI("http://hotel:#{KEY}@#{HOST}/message/#{action}/#{to}"), params)
  case answer.code.to_i
  when 200 then true
  when 404 then false
  else raise "#{answer.code}: #{answer.body}"
  end
end

ARGV.each do |line|
  action, to, params = JSON.parse(line)
  puts message(action, to, params)
end
